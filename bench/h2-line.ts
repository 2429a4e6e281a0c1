import { once } from 'node:events';
import net from 'node:net';

/** Frame types and flags that a client of a bench needs (RFC 9113 section 6). */
const frames = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
const endStream = 1;
const endHeaders = 4;
const ack = 1;
const headBytes = 9;
const firstWindow = 65_535;
const largestWindow = 2 ** 31 - 1;
const writeBytes = 65_536;

/** What becomes of one stream. */
export interface StreamListener {
  /** Bytes of DATA frames arrived. */
  onData?(bytes: number): void;
  /** The service ended it. */
  onEnd(): void;
}

/**
 * One HTTP/2 connection by prior knowledge that does as little as can be, so that what stands between it and the
 * service is what a bench measures: whole frames are written as given, header blocks are never compressed against a
 * table, and received bytes are counted. It never holds the service back; it keeps to the service's own windows.
 */
export class H2Line {
  readonly #socket: net.Socket;
  readonly #streams = new Map<number, StreamListener>();
  #next = 1;
  #rest: Buffer = Buffer.alloc(0);
  #window = firstWindow;
  #streamWindows = new Map<number, number>();
  #initialWindow = firstWindow;
  #wake: (() => void) | undefined;
  #closed = false;
  #cause: Error | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
    socket.on('error', (cause) => {
      this.#cause = cause;
    });
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(4, 0);
    settings.writeUInt32BE(largestWindow, 2);
    const update = Buffer.alloc(4);
    update.writeUInt32BE(largestWindow - firstWindow);
    socket.write(
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        frame(frames.settings, 0, 0, settings),
        frame(frames.windowUpdate, 0, 0, update),
      ]),
    );
  }

  static async open(port: number): Promise<H2Line> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new H2Line(socket);
  }

  /** Begins a gRPC call of `path`; answers its stream. */
  call(path: string, listener: StreamListener): number {
    const stream = this.#next;
    this.#next += 2;
    this.#streams.set(stream, listener);
    this.#streamWindows.set(stream, this.#initialWindow);
    this.#socket.write(frame(frames.headers, endHeaders, stream, grpcHeaders(path)));
    return stream;
  }

  /** Sends `message` as one DATA frame, `times` over, as fast as the windows let it, and ends the stream. */
  async send(stream: number, message: Buffer, times: number): Promise<void> {
    const one = frame(frames.data, 0, stream, message);
    const most = Math.min(times, Math.floor(writeBytes / one.length));
    const many = Buffer.concat(Array(most).fill(one));
    for (let left = times - 1; left > 0; ) {
      if (this.#closed) throw this.#cause ?? new Error('the connection was closed');
      const room = Math.min(this.#window, this.#streamWindows.get(stream) ?? 0);
      const count = Math.min(left, most, Math.floor(room / message.length));
      if (count === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#window -= count * message.length;
      this.#streamWindows.set(stream, (this.#streamWindows.get(stream) ?? 0) - count * message.length);
      left -= count;
      if (!this.#socket.write(many.subarray(0, count * one.length))) await once(this.#socket, 'drain');
    }
    this.sendLast(stream, message);
  }

  /** Sends `message` as one DATA frame, after which the stream goes on. */
  sendOne(stream: number, message: Buffer): void {
    this.#window -= message.length;
    this.#socket.write(frame(frames.data, 0, stream, message));
  }

  /** Sends `message` as one DATA frame that ends the stream. */
  sendLast(stream: number, message: Buffer): void {
    this.#window -= message.length;
    this.#socket.write(frame(frames.data, endStream, stream, message));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (all.length - at >= headBytes) {
      const length = all.readUIntBE(at, 3);
      if (all.length - at < headBytes + length) break;
      this.#frame(all, at, length);
      at += headBytes + length;
    }
    this.#rest = Buffer.from(all.subarray(at));
  }

  #frame(all: Buffer, at: number, length: number): void {
    const [type, flags] = [all[at + 3], all[at + 4] ?? 0];
    const stream = all.readUInt32BE(at + 5);
    const body = at + headBytes;
    switch (type) {
      case frames.data:
        this.#streams.get(stream)?.onData?.(length);
        if ((flags & endStream) !== 0) this.#end(stream);
        break;
      case frames.headers:
        if ((flags & endStream) !== 0) this.#end(stream);
        break;
      case frames.settings:
        if ((flags & ack) === 0) this.#settings(all.subarray(body, body + length));
        break;
      case frames.ping:
        if ((flags & ack) === 0) this.#socket.write(frame(type, ack, 0, all.subarray(body, body + length)));
        break;
      case frames.windowUpdate:
        this.#widen(stream, all.readUInt32BE(body));
        break;
      case frames.reset:
        // A service that has answered may say that it needs no more of the request.
        if (all.readUInt32BE(body) === 0) break;
        this.#socket.destroy(new Error(`a stream was reset with code ${all.readUInt32BE(body)}`));
        break;
      case frames.goaway:
        this.#socket.destroy(
          new Error(`the connection was given up with code ${all.readUInt32BE(body + 4)}`),
        );
    }
  }

  #settings(settings: Buffer): void {
    for (let at = 0; at < settings.length; at += 6) {
      if (settings.readUInt16BE(at) !== 4) continue;
      const size = settings.readUInt32BE(at + 2);
      for (const [stream, window] of this.#streamWindows) {
        this.#streamWindows.set(stream, window + size - this.#initialWindow);
      }
      this.#initialWindow = size;
    }
    this.#socket.write(frame(frames.settings, ack, 0, Buffer.alloc(0)));
    this.#wake?.();
  }

  #widen(stream: number, by: number): void {
    const window = this.#streamWindows.get(stream);
    if (stream === 0) this.#window += by;
    else if (window !== undefined) this.#streamWindows.set(stream, window + by);
    this.#wake?.();
  }

  #end(stream: number): void {
    this.#streams.get(stream)?.onEnd();
    this.#streams.delete(stream);
    this.#streamWindows.delete(stream);
  }
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(headBytes + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, headBytes);
  return bytes;
}

/** Literal fields without indexing (RFC 7541 section 6.2.2), POST and http by their place in the static table. */
function grpcHeaders(path: string): Buffer {
  const pseudo = [
    Buffer.from([0x83, 0x86]),
    Buffer.from([0x04]),
    text(path),
    Buffer.from([0x01]),
    text('bench'),
  ];
  const rest = [
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ].flatMap(([name = '', value = '']) => [Buffer.from([0]), text(name), text(value)]);
  return Buffer.concat([...pseudo, ...rest]);
}

/** A string literal of under 127 bytes. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}
