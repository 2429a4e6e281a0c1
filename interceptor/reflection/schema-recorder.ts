import type { Batches } from '../observe/batches.ts';
import { processTime } from '../observe/clock.ts';
import type { SchemaSource } from '../observe/schema-source.ts';
import { ReflectionFailure, type ToldSchemas } from './ask-schemas.ts';

/** What is counted of it. */
export interface ReflectionCounters {
  asked: number;
  failed: number;
  /** Of the set that is recorded, as it was told; 0 where there is none. */
  bytes: number;
  /** The service has more than that. */
  truncated: boolean;
}

export interface SchemaRecorderOptions {
  readonly service: string;
  readonly batches: Batches;
  readonly ask: (signal: AbortSignal) => Promise<ToldSchemas>;
  /** How often the schemas are recorded while calls pass, milliseconds, so that windows have them. */
  readonly repeatMs: number;
  /** A fault of ours; a service that does not tell is none. */
  readonly onFault: (fault: unknown) => void;
}

/** How long a service that did not tell is left alone, milliseconds: at first, and at most. */
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;
/** Bytes of one record. */
const pieceBytes = 32_768;

/**
 * Asks the service for the schemas of its messages when the first call has passed, and records them, compressed: at once,
 * with each commit that is asked for, and now and then while calls pass. A service that does not tell is asked again at
 * a later call, after a pause that grows.
 */
export class SchemaRecorder implements SchemaSource {
  readonly counters: ReflectionCounters = { asked: 0, failed: 0, bytes: 0, truncated: false };
  readonly #options: SchemaRecorderOptions;
  readonly #closed = new AbortController();
  #content: Uint8Array | undefined;
  #set = 0;
  #asking = false;
  #askAt = 0;
  #pauseMs = firstPauseMs;
  #recordedAt = 0;

  constructor(options: SchemaRecorderOptions) {
    this.#options = options;
  }

  /** Whether `seen` would do something. */
  get isDue(): boolean {
    if (this.#asking || this.#closed.signal.aborted) return false;
    const now = performance.now();
    return this.#content === undefined ? now >= this.#askAt : now - this.#recordedAt > this.#options.repeatMs;
  }

  /** A call has passed. Not to be called while a segment is taken. */
  seen(): void {
    if (!this.isDue) return;
    if (this.#content !== undefined) this.record();
    else void this.#ask();
  }

  /** The service is not asked any more. */
  close(): void {
    this.#closed.abort();
  }

  /** Adds what is known to the batch at hand, or several. */
  record(): void {
    const content = this.#content;
    if (content === undefined) return;
    this.#recordedAt = performance.now();
    const count = Math.ceil(content.length / pieceBytes);
    const time = processTime();
    for (let index = 0; index < count; index++) {
      const piece = content.subarray(index * pieceBytes, (index + 1) * pieceBytes);
      this.#options.batches.schema(time, this.#options.service, { set: this.#set, index, count }, piece);
    }
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.counters.asked++;
    try {
      const { set, truncated } = await this.#options.ask(this.#closed.signal);
      this.#content = await deflated(set);
      this.#set++;
      this.counters.bytes = set.length;
      this.counters.truncated = truncated;
      this.record();
    } catch (error) {
      this.counters.failed++;
      this.#askAt = performance.now() + this.#pauseMs;
      this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
      if (!(error instanceof ReflectionFailure) && !this.#closed.signal.aborted) this.#options.onFault(error);
    } finally {
      this.#asking = false;
    }
  }
}

/** zlib is loaded here, where a service has told its schemas: there is no other use for it. */
function deflated(set: Uint8Array): Promise<Uint8Array> {
  const { deflate } = process.getBuiltinModule('node:zlib');
  return new Promise((resolve, reject) => {
    deflate(set, (error, content) => (error === null ? resolve(content) : reject(error)));
  });
}
