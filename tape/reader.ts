import { hash } from 'node:crypto';
import { damaged, tooLarge } from './codec/faults.ts';
import { type FormatStep, stepsFrom } from './codec/format-steps.ts';
import { FrameReader } from './codec/frame-reader.ts';
import { limits } from './codec/limits.ts';
import { findParts } from './codec/part-path.ts';
import { decodeRecord } from './codec/record-codec.ts';
import { TapeIndex } from './codec/tape-index.ts';
import type { Body, Exchange, ExchangeWithBodies } from './exchange.ts';
import type { Manifest, PartEntry } from './manifest.ts';
import type { PartSource } from './parts.ts';
import type { ExchangeSummary } from './summary.ts';

/** Decoded frames that a tape keeps of each part, bytes. */
const keepBytes = 16 * 1024 * 1024;

/** A tape that is open. Records and bodies are decoded when asked for; the index is all that is held. */
export class Tape implements AsyncDisposable {
  readonly manifest: Manifest;
  readonly #source: PartSource;
  readonly #index: TapeIndex;
  readonly #steps: readonly FormatStep[];
  readonly #records: FrameReader;
  readonly #bodies: FrameReader;

  constructor(manifest: Manifest, source: PartSource, index: TapeIndex) {
    this.manifest = manifest;
    this.#source = source;
    this.#index = index;
    this.#steps = stepsFrom(index.format);
    this.#records = new FrameReader(source, index.exchangeFrames, keepBytes);
    this.#bodies = new FrameReader(source, index.bodyFrames, keepBytes);
  }

  /** Exchanges on the tape: their ids are 1 to `size`. */
  get size(): number {
    return this.#index.exchanges;
  }

  /** Ids 1 to `payloads` are the inbound exchanges of the primary service, by request start. */
  get payloads(): number {
    return this.#index.payloads;
  }

  has(id: number): boolean {
    return this.#index.has(id);
  }

  /** What the index has of exchange `id`. Throws a `RangeError` where `has(id)` is false. */
  summary(id: number): ExchangeSummary {
    return this.#index.summary(id);
  }

  /** Connection and message of exchange `id`, without the rest of its summary. */
  placeOnConnection(id: number): Pick<ExchangeSummary, 'connection' | 'message'> {
    return this.#index.placeOnConnection(id);
  }

  /** Whether the head of exchange `id` is partial, without the rest of its summary. */
  isPartial(id: number): boolean {
    return this.#index.isPartial(id);
  }

  /** The summaries of ids `from` to `to`, made as they are asked for. */
  *summaries(from = 1, to = this.size): Generator<ExchangeSummary> {
    for (let id = from; id <= to; id++) yield this.summary(id);
  }

  /** Exchange `id`. Throws `tape-damaged` for a record that does not decode or is not the one of the index. */
  async exchange(id: number): Promise<Exchange> {
    const { frame, offset, bytes } = this.#index.place(id);
    const { part } = this.#records.table;
    const content = await this.#records.frame(frame);
    const record = decodeRecord(part, content.subarray(offset, offset + bytes), this.#steps);
    const summary = this.summary(id);
    if (
      record.times.requestStart !== summary.times.requestStart ||
      record.connection !== summary.connection ||
      record.message !== summary.message
    ) {
      throw damaged(part, `the record of exchange ${id} is another than the index tells`);
    }
    return { id, ...record };
  }

  /** The exchanges of ids `from` to `to`, in order. */
  async *exchanges(from = 1, to = this.size): AsyncGenerator<Exchange> {
    for (let id = from; id <= to; id++) yield await this.exchange(id);
  }

  /** The bytes of a body of this tape. Throws `tape-damaged` where they do not lie where the body says. */
  async body(body: Body): Promise<Uint8Array> {
    const { ref, size } = body;
    if (ref === undefined || size === 0) return Buffer.alloc(0);
    const { table } = this.#bodies;
    if (size > limits.bodyBytes) throw tooLarge(table.part, 'bytes of a body', size, limits.bodyBytes);
    const pieces: Buffer[] = [];
    let missing = size;
    let offset = ref.offset;
    for (let number = ref.frame; missing > 0; number++) {
      if (number >= table.count || offset > table.content(number)) {
        throw damaged(table.part, 'a body reaches behind its end');
      }
      const content = await this.#bodies.frame(number);
      const piece = content.subarray(offset, offset + missing);
      pieces.push(piece);
      missing -= piece.length;
      offset = 0;
    }
    return Buffer.concat(pieces, size);
  }

  /** Exchange `id` with the bytes of its bodies. */
  async withBodies(id: number): Promise<ExchangeWithBodies> {
    const exchange = await this.exchange(id);
    const requestBody = await this.body(exchange.request.body);
    const responseBody = exchange.response ? await this.body(exchange.response.body) : Buffer.alloc(0);
    return { exchange, requestBody, responseBody };
  }

  /**
   * The protobuf schemas of a service, a serialized `google.protobuf.FileDescriptorSet`; undefined where the tape has
   * none. Throws `tape-damaged` where the part is another than the manifest says.
   */
  async schemas(service: string): Promise<Uint8Array | undefined> {
    const path = this.manifest.services.find(({ name }) => name === service)?.schemas;
    const entry = this.manifest.parts.find((part) => part.path === path);
    if (entry === undefined) return undefined;
    await checkSize(this.#source, entry);
    return readWhole(this.#source, entry, limits.schemasBytes);
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens a tape: reads its index and nothing else. The tape owns `source` from here on, and closes it if this throws.
 * The parts' sizes and the index's digest are held to the manifest; of the other parts each frame carries a checksum.
 * @throws `tape-damaged`, `tape-foreign`, `tape-too-new`, `tape-too-large`, naming the part.
 */
export async function openTape(source: PartSource, manifest: Manifest): Promise<Tape> {
  try {
    const parts = findParts(manifest.parts);
    for (const part of Object.values(parts)) await checkSize(source, part);
    const bytes = await readWhole(source, parts.index, limits.indexBytes);
    const paths = { exchanges: parts.exchanges.path, index: parts.index.path, bodies: parts.bodies.path };
    const index = new TapeIndex(paths, bytes);
    for (const [entry, table] of [
      [parts.exchanges, index.exchangeFrames],
      [parts.bodies, index.bodyFrames],
    ] as const) {
      if (table.compressedBytes !== entry.bytes) throw damaged(entry.path, 'its frames do not fill it');
    }
    if (index.exchanges !== manifest.counts.exchanges) {
      throw damaged(parts.index.path, 'it has another count of exchanges than the manifest');
    }
    return new Tape(manifest, source, index);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function checkSize(source: PartSource, part: PartEntry): Promise<void> {
  const size = await source.size(part.path);
  if (size !== part.bytes) throw damaged(part.path, `it has ${size} bytes of ${part.bytes}`);
}

/** A part of at most `limit` bytes, held to its digest. */
async function readWhole(source: PartSource, part: PartEntry, limit: number): Promise<Buffer> {
  if (part.bytes > limit) throw tooLarge(part.path, 'bytes', part.bytes, limit);
  const bytes = await source.read(part.path, 0, part.bytes);
  if (hash('sha256', bytes, 'hex') !== part.sha256) throw damaged(part.path, 'its SHA-256 is another');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
