import type { AgreedExtensions, DeflateTerms } from './extensions.ts';
import type { FrameState } from './frame-scanner.ts';

/** Where one sender stands: `offset` bytes of everything that it sent on the connection came before. */
export interface SenderState {
  readonly offset: number;
  readonly frames: FrameState;
}

/** All that a decoder needs to begin in the middle of a connection. */
export interface WebSocketState {
  /** The number of the exchange that upgraded, on its connection. */
  readonly message: number;
  readonly method: string;
  readonly target: string;
  readonly agreed: AgreedExtensions;
  readonly client: SenderState;
  readonly service: SenderState;
}

const version = 1;
const fixedBytes = 11;
const senderBytes = 18;

/** Layout: version u8, message u32, terms of client and service u8 each, lengths of method and target u16, both, senders. */
export function encodeState({
  message,
  method,
  target,
  agreed,
  client,
  service,
}: WebSocketState): Uint8Array {
  const [verb, path] = [Buffer.from(method, 'latin1'), Buffer.from(target, 'latin1')];
  const texts = verb.length + path.length;
  const heads = client.frames.head.length + service.frames.head.length;
  const bytes = Buffer.alloc(fixedBytes + texts + 2 * senderBytes + heads);
  bytes[0] = version;
  bytes.writeUInt32LE(message, 1);
  bytes[5] = termsByte(agreed.deflate?.client);
  bytes[6] = termsByte(agreed.deflate?.service);
  bytes.writeUInt16LE(verb.length, 7);
  bytes.writeUInt16LE(path.length, 9);
  verb.copy(bytes, fixedBytes);
  path.copy(bytes, fixedBytes + verb.length);
  writeSender(bytes, writeSender(bytes, fixedBytes + texts, client), service);
  return bytes;
}

/** The state in `bytes`; `undefined` where they are none, or of another version. */
export function decodeState(bytes: Uint8Array): WebSocketState | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < fixedBytes || buffer[0] !== version) return undefined;
  const verbEnd = fixedBytes + buffer.readUInt16LE(7);
  const pathEnd = verbEnd + buffer.readUInt16LE(9);
  const client = readSender(buffer, pathEnd);
  const service = client && readSender(buffer, client.end);
  if (client === undefined || service?.end !== buffer.length) return undefined;
  const deflate = { client: termsOf(buffer[5] ?? 0), service: termsOf(buffer[6] ?? 0) };
  return {
    message: buffer.readUInt32LE(1),
    method: buffer.toString('latin1', fixedBytes, verbEnd),
    target: buffer.toString('latin1', verbEnd, pathEnd),
    agreed:
      deflate.client && deflate.service
        ? { deflate: { client: deflate.client, service: deflate.service } }
        : {},
    client: client.state,
    service: service.state,
  };
}

/** 0 where nothing is compressed, else the window's bits, with 0x80 where messages may refer to earlier ones. */
function termsByte(terms: DeflateTerms | undefined): number {
  return terms === undefined ? 0 : terms.windowBits | (terms.takeover ? 0x80 : 0);
}

function termsOf(byte: number): DeflateTerms | undefined {
  return byte === 0 ? undefined : { takeover: byte >= 0x80, windowBits: byte & 0x0f };
}

/** Layout: offset f64, bytes left f64, message under way u8 (0x80: compressed), length of the head u8, head. */
function writeSender(bytes: Buffer, at: number, { offset, frames }: SenderState): number {
  bytes.writeDoubleLE(offset, at);
  bytes.writeDoubleLE(frames.left, at + 8);
  bytes[at + 16] = frames.open | (frames.compressed ? 0x80 : 0);
  bytes[at + 17] = frames.head.length;
  bytes.set(frames.head, at + senderBytes);
  return at + senderBytes + frames.head.length;
}

function readSender(
  bytes: Buffer,
  at: number,
): { readonly state: SenderState; readonly end: number } | undefined {
  const headLength = bytes[at + 17];
  if (headLength === undefined || headLength > 14) return undefined;
  const end = at + senderBytes + headLength;
  if (end > bytes.length) return undefined;
  const open = bytes[at + 16] ?? 0;
  const frames: FrameState = {
    head: bytes.subarray(at + senderBytes, end),
    left: bytes.readDoubleLE(at + 8),
    open: open & 0x0f,
    compressed: open >= 0x80,
  };
  return { state: { offset: bytes.readDoubleLE(at), frames }, end };
}
