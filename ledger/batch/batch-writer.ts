import type { GapCause } from '../../tape/gap.ts';
import type { Ending, PieceOf, ProcessTime, Sender, StateProtocol } from '../segment.ts';
import {
  batchFormat,
  causeNumber,
  dataAt,
  endingNumber,
  flags,
  longestSchemaPiece,
  longestState,
  longestText,
  recordHead,
  recordKinds,
  stateHead,
  stateProtocols,
} from './layout.ts';

/**
 * Writes one batch after the other in place, into slabs that are given to it. The bytes of a segment are copied once,
 * into the slab, and what is forwarded to a socket is the slab's own slice:
 *
 * ```
 * const at = writer.reserve(connection, 'client', time, offset, length);   // at < 0: no room, take the next slab
 * source.copy(writer.slab, at, 0, length);
 * socket.write(writer.slab.subarray(at, at + length));
 * writer.mark(at, message, 120);                                           // once the scanner has found it
 * ```
 *
 * Every method that adds a record answers -1 or `false`, and changes nothing, where the slab has no room for it.
 */
export class BatchWriter {
  readonly #head: Buffer;
  #slab: Buffer = Buffer.alloc(0);
  /** Of the slab: its setters are compiled in line, those of Buffer are not. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #used = 0;
  #records = 0;
  /** Spans of the slab that are not part of the batch: start, end, start, end, … */
  #holes: number[] = [];

  /** `instance` is latin1 of at most 255 characters; `service` at most 4 KiB of UTF-8. */
  constructor(instance: string, service: string) {
    const serviceBytes = Buffer.from(service).subarray(0, longestText);
    const instanceBytes = Buffer.from(instance, 'latin1').subarray(0, 255);
    const head = Buffer.alloc(1 + 1 + instanceBytes.length + 2 + serviceBytes.length + 16);
    head[0] = batchFormat;
    head[1] = instanceBytes.length;
    let at = 2 + instanceBytes.copy(head, 2);
    at = head.writeUInt16LE(serviceBytes.length, at);
    serviceBytes.copy(head, at);
    this.#head = head;
  }

  /** Begins a batch in `slab`, with one moment on both clocks. `slab` must hold the head, so some KiB at least. */
  begin(slab: Buffer, process: ProcessTime, wallMs: number): void {
    const clockAt = this.#head.length - 16;
    this.#head.writeDoubleLE(process, clockAt);
    this.#head.writeDoubleLE(wallMs, clockAt + 8);
    if (this.#head.copy(slab) < this.#head.length)
      throw new RangeError('the slab is smaller than a batch head');
    this.#slab = slab;
    this.#view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength);
    this.#used = this.#head.length;
    this.#records = 0;
    this.#holes = [];
  }

  get slab(): Buffer {
    return this.#slab;
  }

  /** Bytes of the slab in use, holes included. */
  get used(): number {
    return this.#used;
  }

  /** Records since `begin`. */
  get records(): number {
    return this.#records;
  }

  /** Bytes that one more data record may have in this slab; negative where not even its head has room. */
  get room(): number {
    return this.#slab.length - this.#used - dataAt.bytes;
  }

  /** Adds a data record without mark; answers where in the slab its bytes belong. They must be put there next. */
  reserve(connection: number, sender: Sender, time: ProcessTime, offset: number, length: number): number {
    const start = this.#start(recordKinds.data, dataAt.bytes + length, sender, connection, time);
    if (start < 0) return -1;
    const view = this.#view;
    view.setFloat64(start + dataAt.offset, offset, true);
    view.setFloat64(start + dataAt.markMessage, 0, true);
    view.setUint32(start + dataAt.markAt, 0, true);
    view.setUint32(start + dataAt.length, length, true);
    return start + dataAt.bytes;
  }

  /** Adds a data record with a copy of `bytes`; answers where they now stand. */
  data(connection: number, sender: Sender, time: ProcessTime, offset: number, bytes: Uint8Array): number {
    const at = this.reserve(connection, sender, time, offset, bytes.length);
    if (at >= 0) this.#slab.set(bytes, at);
    return at;
  }

  /** Sets the mark of the data record whose bytes stand at `bytesAt`. The first mark of a record stays. */
  mark(bytesAt: number, message: number, at: number): void {
    const start = bytesAt - dataAt.bytes;
    const marked = this.#slab[start + 1] ?? 0;
    if ((marked & flags.mark) !== 0) return;
    this.#slab[start + 1] = marked | flags.mark;
    this.#view.setFloat64(start + dataAt.markMessage, message, true);
    this.#view.setUint32(start + dataAt.markAt, at, true);
  }

  /**
   * Takes all but the first `keep` bytes of a data record out of the batch; a mark behind them goes too, and with no
   * byte kept the record itself. The slab's bytes stay as they are, since a socket may still be sending them, unless
   * `reclaim` says that none is: then the last record's room is used again.
   */
  truncate(bytesAt: number, keep: number, reclaim: boolean): void {
    const start = bytesAt - dataAt.bytes;
    const slab = this.#slab;
    const end = bytesAt + slab.readUInt32LE(start + dataAt.length);
    const from = keep === 0 ? start : bytesAt + keep;
    if (reclaim && end === this.#used) this.#used = from;
    else this.#holes.push(from, end);
    if (keep === 0) {
      this.#records--;
      return;
    }
    slab.writeUInt32LE(keep, start + dataAt.length);
    if (slab.readUInt32LE(start + dataAt.markAt) >= keep)
      slab[start + 1] = (slab[start + 1] ?? 0) & ~flags.mark;
  }

  open(connection: number, time: ProcessTime, client: string, service: string): boolean {
    return this.#withTexts(recordKinds.open, connection, time, undefined, [client, service]);
  }

  trigger(
    connection: number,
    time: ProcessTime,
    message: number,
    trigger: string,
    fingerprint: string,
    detail: string,
  ): boolean {
    return this.#withTexts(recordKinds.trigger, connection, time, message, [trigger, fingerprint, detail]);
  }

  /** @throws RangeError for more bytes than `longestState`. */
  state(connection: number, time: ProcessTime, protocol: StateProtocol, bytes: Uint8Array): boolean {
    if (bytes.length > longestState) throw new RangeError(`a state of ${bytes.length} bytes`);
    const start = this.#start(recordKinds.state, stateHead + bytes.length, 'client', connection, time);
    if (start < 0) return false;
    this.#slab[start + recordHead] = stateProtocols.indexOf(protocol);
    this.#view.setUint32(start + recordHead + 1, bytes.length, true);
    this.#slab.set(bytes, start + stateHead);
    return true;
  }

  /** @throws RangeError for more bytes than `longestSchemaPiece`. */
  schema(time: ProcessTime, service: string, piece: PieceOf, bytes: Uint8Array): boolean {
    if (bytes.length > longestSchemaPiece) throw new RangeError(`a piece of ${bytes.length} bytes`);
    const text = cutText(service);
    const length = recordHead + 16 + 2 + text.length + 4 + bytes.length;
    const start = this.#start(recordKinds.schema, length, 'client', 0, time);
    if (start < 0) return false;
    let at = this.#slab.writeDoubleLE(piece.set, start + recordHead);
    at = this.#slab.writeUInt32LE(piece.index, at);
    at = this.#slab.writeUInt32LE(piece.count, at);
    at = this.#slab.writeUInt16LE(text.length, at);
    at += text.copy(this.#slab, at);
    at = this.#slab.writeUInt32LE(bytes.length, at);
    this.#slab.set(bytes, at);
    return true;
  }

  routed(connection: number, time: ProcessTime, message: number, service: string): boolean {
    return this.#withTexts(recordKinds.routed, connection, time, message, [service]);
  }

  skip(
    connection: number,
    sender: Sender,
    time: ProcessTime,
    offset: number,
    length: number,
    message: number,
    cause: GapCause,
  ): boolean {
    const start = this.#start(recordKinds.skip, recordHead + 25, sender, connection, time);
    if (start < 0) return false;
    let at = this.#slab.writeDoubleLE(offset, start + recordHead);
    at = this.#slab.writeDoubleLE(length, at);
    at = this.#slab.writeDoubleLE(message, at);
    this.#slab[at] = causeNumber(cause);
    return true;
  }

  messageEnd(
    connection: number,
    sender: Sender,
    time: ProcessTime,
    message: number,
    offset: number,
  ): boolean {
    const start = this.#start(recordKinds.message_end, recordHead + 16, sender, connection, time);
    if (start < 0) return false;
    const at = this.#slab.writeDoubleLE(message, start + recordHead);
    this.#slab.writeDoubleLE(offset, at);
    return true;
  }

  end(connection: number, sender: Sender, time: ProcessTime, how: Ending): boolean {
    const start = this.#start(recordKinds.end, recordHead + 1, sender, connection, time);
    if (start < 0) return false;
    this.#slab[start + recordHead] = endingNumber(how);
    return true;
  }

  opaque(connection: number, time: ProcessTime, cause: GapCause): boolean {
    const start = this.#start(recordKinds.opaque, recordHead + 1, 'client', connection, time);
    if (start < 0) return false;
    this.#slab[start + recordHead] = causeNumber(cause);
    return true;
  }

  loss(connection: number, time: ProcessTime, bytes: number, cause: GapCause): boolean {
    const start = this.#start(recordKinds.loss, recordHead + 9, 'client', connection, time);
    if (start < 0) return false;
    const at = this.#slab.writeDoubleLE(bytes, start + recordHead);
    this.#slab[at] = causeNumber(cause);
    return true;
  }

  closed(connection: number, time: ProcessTime): boolean {
    return this.#start(recordKinds.closed, recordHead, 'client', connection, time) >= 0;
  }

  /** The batch: views of the slab, in order, without its holes. Valid as long as the slab is left alone. */
  pieces(): Buffer[] {
    const pieces: Buffer[] = [];
    let from = 0;
    for (let i = 0; i < this.#holes.length; i += 2) {
      pieces.push(this.#slab.subarray(from, this.#holes[i]));
      from = this.#holes[i + 1] ?? from;
    }
    pieces.push(this.#slab.subarray(from, this.#used));
    return pieces;
  }

  #start(kind: number, length: number, sender: Sender, connection: number, time: ProcessTime): number {
    const start = this.#used;
    if (start + length > this.#slab.length) return -1;
    const slab = this.#slab;
    slab[start] = kind;
    slab[start + 1] = sender === 'service' ? flags.service : 0;
    this.#view.setFloat64(start + 2, connection, true);
    this.#view.setFloat64(start + 10, time, true);
    this.#used = start + length;
    this.#records++;
    return start;
  }

  #withTexts(
    kind: number,
    connection: number,
    time: ProcessTime,
    message: number | undefined,
    texts: readonly string[],
  ): boolean {
    const encoded = texts.map((text) => cutText(text));
    let length = recordHead + (message === undefined ? 0 : 8);
    for (const text of encoded) length += 2 + text.length;
    const start = this.#start(kind, length, 'client', connection, time);
    if (start < 0) return false;
    let at = start + recordHead;
    if (message !== undefined) at = this.#slab.writeDoubleLE(message, at);
    for (const text of encoded) {
      at = this.#slab.writeUInt16LE(text.length, at);
      at += text.copy(this.#slab, at);
    }
    return true;
  }
}

/** UTF-8 of at most `longestText` bytes, cut between characters. */
function cutText(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= longestText) return bytes;
  let end = longestText;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
