import { once } from 'node:events';
import net from 'node:net';

/** How a peer saw its counterpart end: in order, by reset, or not yet. */
export type SeenEnd = 'open' | 'fin' | 'reset';

/** One end of a TCP connection that notes what it receives. */
export class Peer {
  readonly socket: net.Socket;
  #chunks: Buffer[] = [];
  #length = 0;
  end: SeenEnd = 'open';
  #changed: (() => void)[] = [];

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.#length += bytes.length;
      this.#notify();
    });
    socket.on('end', () => {
      if (this.end === 'open') this.end = 'fin';
      this.#notify();
    });
    socket.on('error', () => {
      this.end = 'reset';
      this.#notify();
    });
    socket.on('close', () => this.#notify());
  }

  get received(): Buffer {
    const [only = Buffer.alloc(0)] = this.#chunks;
    if (this.#chunks.length < 2) return only;
    const all = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [all];
    return all;
  }

  get length(): number {
    return this.#length;
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** Waits until `met` holds; fails with what was seen after 10 s. */
  async until(met: (peer: Peer) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(10_000);
    while (!met(this)) {
      await new Promise<void>((resolve, reject) => {
        this.#changed.push(resolve);
        deadline.onabort = () =>
          reject(new Error(`not seen in time: ${this.#length} bytes, end ${this.end}`));
      });
    }
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** A service that hands out what connects to it. */
export interface Service extends AsyncDisposable {
  readonly port: number;
  accepted(): Promise<Peer>;
}

export async function service(): Promise<Service> {
  const ready: Peer[] = [];
  const asked: ((peer: Peer) => void)[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    const peer = new Peer(socket);
    const ask = asked.shift();
    if (ask) ask(peer);
    else ready.push(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    accepted: () => {
      const peer = ready.shift();
      return peer ? Promise.resolve(peer) : new Promise((resolve) => asked.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A connection, perhaps one that is reset before it is seen to be established. */
export function connect(port: number): Peer {
  return new Peer(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }));
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
