/** An answer of Redis, as far as an appender meets them (RESP2: simple strings, errors, integers, bulk strings). */
export interface Reply {
  readonly kind: 'text' | 'error';
  readonly text: string;
}

/** No answer that an appender asks for is longer, bytes. */
const longestReply = 64 * 1024;

/** Cuts what arrives into replies. Throws where the peer does not speak RESP2, or answers at length. */
export class ReplyReader {
  #rest = '';

  /** The replies that `chunk` makes whole. */
  push(chunk: Buffer): Reply[] {
    this.#rest += chunk.toString('latin1');
    const replies: Reply[] = [];
    let at = 0;
    for (;;) {
      const end = this.#rest.indexOf('\r\n', at);
      if (end === -1) break;
      const line = this.#rest.slice(at + 1, end);
      const type = this.#rest[at];
      if (type !== '$') {
        replies.push(simpleReply(type, line));
        at = end + 2;
        continue;
      }
      const length = Number(line);
      if (!Number.isInteger(length) || length > longestReply)
        throw new RangeError('a reply of impossible length');
      const from = end + 2;
      if (length >= 0 && this.#rest.length < from + length + 2) break;
      replies.push({ kind: 'text', text: this.#rest.slice(from, from + Math.max(0, length)) });
      at = length < 0 ? from : from + length + 2;
    }
    this.#rest = this.#rest.slice(at);
    if (this.#rest.length > longestReply) throw new RangeError('a reply of impossible length');
    return replies;
  }
}

function simpleReply(type: string | undefined, line: string): Reply {
  if (type === '+' || type === ':') return { kind: 'text', text: line };
  if (type === '-') return { kind: 'error', text: line };
  throw new RangeError('this is no reply of Redis');
}
