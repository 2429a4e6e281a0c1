import { type AddressInfo, connect, createServer, type Server } from 'node:net';

/** A way to a server that stops one connection for good at the first request whose head holds a text. */
export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #open = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();

  private constructor(target: number, text: string) {
    this.#server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1');
      client.on('data', async (chunk: Buffer) => {
        client.pause();
        if (chunk.includes(text)) {
          this.#reached.resolve();
          await this.#open.promise;
        }
        upstream.write(chunk);
        client.resume();
      });
      upstream.pipe(client);
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    });
  }

  static async before(target: number, text: string): Promise<Gate> {
    const gate = new Gate(target, text);
    await new Promise<void>((resolve) => gate.#server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Settles once a request stands before the gate. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  open(): void {
    this.#open.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.open();
    this.#server.close();
  }
}
