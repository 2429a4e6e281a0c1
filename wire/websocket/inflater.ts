import { constants, inflateRawSync } from 'node:zlib';
import type { DeflateTerms } from './extensions.ts';
import { InflationBudget } from './inflation-budget.ts';

/** Why a compressed message cannot be read: it refers to what is not known, is broken, or opens to too much. */
export type InflateFault = 'inflate_state' | 'malformed' | 'body_limit';

/** Deflate streams in one message: a sender may end one in each flush (RFC 7692 section 7.2.3.4). */
const streamLimit = 1000;
const windowLimit = 32 * 1024;
const nothing = Buffer.alloc(0);
/** What a sender takes off the end of each message (RFC 7692 section 7.2.1). */
const tail = Buffer.from([0, 0, 0xff, 0xff]);

/**
 * Inflates the messages of one sender, in order (RFC 7692 section 7.2.2). It need not have seen the first of them: a
 * message that refers to nothing before what is known opens all the same, and one that does is told from it for certain,
 * since deflate names the distance of each reference.
 */
export class MessageInflater {
  readonly #takeover: boolean;
  /** The end of all that was inflated, as far back as it is known. */
  #window: Buffer = nothing;
  /** Whether nothing is missing before that. */
  #known: boolean;
  readonly #budget: InflationBudget;

  /** `fromStart`: the first message to come is the sender's first. */
  constructor({ takeover }: DeflateTerms, fromStart: boolean, budget = new InflationBudget()) {
    this.#takeover = takeover;
    this.#budget = budget;
    this.#known = fromStart || !takeover;
  }

  /** The content of the next message; `cut` where only its beginning is there, of which what can be is opened. */
  inflate(message: Uint8Array, cut: boolean): Buffer | InflateFault {
    const most = this.#budget.next;
    try {
      const content = this.#open(cut ? message : Buffer.concat([message, tail]), most);
      this.#budget.open(content.length);
      if (cut) this.forget();
      else if (!this.#takeover) this.#window = nothing;
      return content;
    } catch (error) {
      const fault = error instanceof RangeError ? 'body_limit' : this.#known ? 'malformed' : 'inflate_state';
      if (fault === 'body_limit') this.#budget.open(most);
      this.forget();
      return fault;
    }
  }

  /** A message passed that was not inflated. */
  forget(): void {
    this.#window = nothing;
    this.#known = !this.#takeover;
  }

  #open(message: Uint8Array, most: number): Buffer {
    const contents: Buffer[] = [];
    let rest = message;
    let left = most;
    for (let streams = 0; streams < streamLimit; streams++) {
      if (left <= 0) throw new RangeError('opens to more than the limit');
      const { buffer, consumed } = this.#openStream(rest, left);
      contents.push(buffer);
      left -= buffer.length;
      rest = rest.subarray(consumed);
      if (rest.length <= tail.length) return contents.length === 1 ? buffer : Buffer.concat(contents);
    }
    throw new RangeError('holds too many streams');
  }

  #openStream(bytes: Uint8Array, most: number): { readonly buffer: Buffer; readonly consumed: number } {
    const opened: unknown = inflateRawSync(bytes, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: most,
      info: true,
      ...(this.#window.length === 0 ? {} : { dictionary: this.#window }),
    });
    const { buffer, consumed } = informed(opened);
    if (consumed === 0) throw new Error('nothing was taken');
    const longer = buffer.length >= windowLimit ? buffer : Buffer.concat([this.#window, buffer]);
    // A copy: a view would keep all of a large message.
    this.#window = Buffer.from(longer.subarray(-windowLimit));
    return { buffer, consumed };
  }
}

/** With `info`, node:zlib gives the output beside an engine that counts the input it took; its types do not say so. */
function informed(result: unknown): { readonly buffer: Buffer; readonly consumed: number } {
  if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
    const { buffer, engine } = result;
    const counts = typeof engine === 'object' && engine !== null && 'bytesWritten' in engine;
    if (Buffer.isBuffer(buffer) && counts) return { buffer, consumed: Number(engine.bytesWritten) };
  }
  throw new TypeError('node:zlib gave no info');
}
