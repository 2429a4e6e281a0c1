/** What a client asks for in the first message of a TLS connection (RFC 8446 section 4.1.2). */
export interface ClientHello {
  /** The server name (RFC 6066 section 3), lower-case. */
  readonly serverName: string | undefined;
  /** Application protocols in the client's order (RFC 7301); those that are no printable ASCII left out. */
  readonly protocols: readonly string[];
}

/** `not_tls`: no first message of TLS begins so. `unreadable`: it is TLS and longer or other than can be read. */
export type HelloFinding = ClientHello | 'more' | 'not_tls' | 'unreadable';

/** Bytes of handshake that are read at most; browsers send about 2 KiB. */
const longestHello = 16_384;
const recordHead = 5;
const messageHead = 4;
const handshakeRecord = 22;
const clientHello = 1;
const extensions = { serverName: 0, protocols: 16 } as const;

/** Reads a connection's first bytes as a ClientHello, across as many records as it takes. `more`: not all is there. */
export function readClientHello(bytes: Buffer): HelloFinding {
  if (bytes.length === 0) return 'more';
  if (bytes[0] !== handshakeRecord || (bytes.length > 1 && bytes[1] !== 3)) return 'not_tls';
  const message = handshakeIn(bytes);
  if (typeof message === 'string') return message;
  const body = new Fields(message);
  const hello = parseHello(body);
  return hello === undefined || body.overrun ? 'unreadable' : hello;
}

/** The first handshake message without its head, put together from its records. The head may not be cut in two. */
function handshakeIn(bytes: Buffer): Buffer | 'more' | 'unreadable' {
  if (bytes.length < recordHead + messageHead) return 'more';
  const length = messageHead + bytes.readUIntBE(recordHead + 1, 3);
  if (bytes[recordHead] !== clientHello || length > longestHello) return 'unreadable';
  const pieces: Buffer[] = [];
  let missing = length;
  for (let at = 0; missing > 0; ) {
    if (bytes.length < at + recordHead) return 'more';
    const size = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== handshakeRecord || size === 0) return 'unreadable';
    const from = at + recordHead;
    at = from + size;
    if (bytes.length < Math.min(at, from + missing)) return 'more';
    pieces.push(bytes.subarray(from, Math.min(at, from + missing)));
    missing -= Math.min(size, missing);
  }
  return Buffer.concat(pieces).subarray(messageHead);
}

function parseHello(body: Fields): ClientHello | undefined {
  body.take(2 + 32);
  body.take(body.number(1));
  body.take(body.number(2));
  body.take(body.number(1));
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  const all = new Fields(body.take(body.done ? 0 : body.number(2)));
  while (!all.done) {
    const type = all.number(2);
    const content = new Fields(all.take(all.number(2)));
    if (type === extensions.serverName) serverName = readServerName(content);
    else if (type === extensions.protocols) protocols = readProtocols(content);
    if (content.overrun) return undefined;
  }
  return all.overrun ? undefined : { serverName, protocols };
}

function readServerName(content: Fields): string | undefined {
  const names = new Fields(content.take(content.number(2)));
  while (!names.done) {
    const isHost = names.number(1) === 0;
    const name = names.take(names.number(2)).toString('latin1');
    if (isHost && isPrintable(name)) return name.toLowerCase();
  }
  return undefined;
}

function readProtocols(content: Fields): readonly string[] {
  const names = new Fields(content.take(content.number(2)));
  const protocols: string[] = [];
  while (!names.done) {
    const name = names.take(names.number(1)).toString('latin1');
    if (isPrintable(name)) protocols.push(name);
  }
  return protocols;
}

function isPrintable(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Numbers and spans of a message, one behind the other; `overrun` once more was asked for than there was. */
class Fields {
  overrun = false;
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.overrun || this.#at === this.#bytes.length;
  }

  number(width: 1 | 2): number {
    const bytes = this.take(width);
    return bytes.length === width ? bytes.readUIntBE(0, width) : 0;
  }

  take(length: number): Buffer {
    const from = this.#at;
    if (from + length > this.#bytes.length) {
      this.overrun = true;
      return Buffer.alloc(0);
    }
    this.#at = from + length;
    return this.#bytes.subarray(from, this.#at);
  }
}
