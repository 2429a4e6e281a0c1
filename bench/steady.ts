import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Latencies {
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds from the write of a request to the last byte of its answer. */
  readonly p50: number;
  readonly p99: number;
}

const request = Buffer.from('GET /api/items/1 HTTP/1.1\r\nHost: bench\r\nAccept: */*\r\n\r\n');
const connections = 16;

/**
 * Sends `perSecond` requests a second on a fixed clock, whether or not answers have come (an open loop), over 16
 * kept-alive connections in turn.
 */
export async function steady(port: number, perSecond: number, seconds: number): Promise<Latencies> {
  const lines = await Promise.all(Array.from({ length: connections }, () => Line.open(port)));
  const total = perSecond * seconds;
  const begin = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * perSecond) / 1000) + 1);
    for (; sent < due; sent++) lines[sent % connections]?.send();
    await sleep(Math.max(0, begin + (sent * 1000) / perSecond - performance.now()));
  }
  await sleep(200);
  const times = lines.flatMap((line) => line.times).sort((a, b) => a - b);
  for (const line of lines) line.close();
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? Number.NaN;
  return { requests: times.length, failed: total - times.length, p50: at(0.5), p99: at(0.99) };
}

/** One connection; every answer has the length of the first, which is read before the measurement. */
class Line {
  readonly times: number[] = [];
  #socket: net.Socket;
  #size: number;
  #got = 0;
  #sentAt: number[] = [];

  private constructor(socket: net.Socket, size: number) {
    this.#socket = socket;
    this.#size = size;
    socket.on('data', (bytes: Buffer) => this.#take(bytes.length));
    socket.on('error', () => socket.destroy());
  }

  static async open(port: number): Promise<Line> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    socket.write(request);
    let first = Buffer.alloc(0);
    for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
      first = Buffer.concat([first, bytes]);
      const size = answerSize(first);
      if (size !== undefined && first.length >= size) return new Line(socket, size);
    }
    throw new Error('the connection ended before the first answer');
  }

  send(): void {
    this.#sentAt.push(performance.now());
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(length: number): void {
    this.#got += length;
    while (this.#got >= this.#size) {
      this.#got -= this.#size;
      const sentAt = this.#sentAt.shift();
      if (sentAt !== undefined) this.times.push(performance.now() - sentAt);
    }
  }
}

function answerSize(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)\r$/im.exec(bytes.toString('latin1', 0, head + 2))?.[1];
  return head === -1 || length === undefined ? undefined : head + 4 + Number(length);
}
