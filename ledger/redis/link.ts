import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net';
import type { RedisEndpoint } from '../../program/endpoint.ts';
import { command } from './command.ts';
import { type Reply, ReplyReader } from './replies.ts';
import { serverName } from './server-name.ts';

/**
 * Answers are read into here, and are text before the next one comes: memory of its own for each answer cost 4 % of the
 * interceptor's time at saturation.
 */
const answers = Buffer.allocUnsafeSlow(4096);

/** What a link tells its owner. Nothing is called after `close`. */
export interface LinkEvents {
  /** Connected and let in; what was sent before is gone unanswered. */
  up(): void;
  /** The answer to the oldest unanswered command. */
  reply(reply: Reply): void;
  /** Not connected, and trying again; told once for each loss, and for each failed attempt. */
  down(reason: string): void;
}

const connectDeadlineMs = 5_000;
const replyDeadlineMs = 5_000;
const idlePingMs = 15_000;
const firstBackoffMs = 50;
const longestBackoffMs = 5_000;

/**
 * A connection to Redis that renews itself: AUTH, SELECT where a database is named, PING; then the owner's commands,
 * each write corked into one. A peer that leaves a command unanswered for 5 s is taken for lost.
 */
export class Link {
  readonly #address: RedisEndpoint;
  readonly #events: LinkEvents;
  readonly #handshake: readonly string[];
  readonly #watch: NodeJS.Timeout;
  #socket: Socket | undefined;
  #state: 'connecting' | 'greeting' | 'up' | 'waiting' | 'closed' = 'connecting';
  #backoffMs = firstBackoffMs;
  #retry: NodeJS.Timeout | undefined;
  /** Commands sent and not answered; pings are counted apart, for their answers are ours. */
  #unanswered: ('owner' | 'greeting' | 'ping')[] = [];
  #progressAt = 0;

  constructor(address: RedisEndpoint, events: LinkEvents) {
    this.#address = address;
    this.#events = events;
    this.#handshake = handshakeOf(address);
    this.#watch = setInterval(() => this.#check(), 1_000).unref();
    this.#connect();
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /**
   * Sends `commands` commands that `parts` make, in one write. Only while up. `onWritten` is called once nothing of
   * `parts` is read any more: the kernel has it, or the connection is lost.
   */
  send(parts: readonly (string | Buffer)[], commands: number, onWritten?: () => void): void {
    const socket = this.#socket;
    if (this.#state !== 'up' || socket === undefined) {
      onWritten?.();
      return;
    }
    if (this.#unanswered.length === 0) this.#progressAt = performance.now();
    for (let i = 0; i < commands; i++) this.#unanswered.push('owner');
    socket.cork();
    for (const part of parts.slice(0, -1)) socket.write(part);
    socket.write(parts.at(-1) ?? '', onWritten);
    socket.uncork();
  }

  close(): void {
    this.#state = 'closed';
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#socket?.destroy();
  }

  #connect(): void {
    const { host, port, tls } = this.#address;
    this.#state = 'connecting';
    this.#progressAt = performance.now();
    this.#unanswered = [];
    const reader = new ReplyReader();
    const read = (bytes: Buffer): void => {
      try {
        for (const reply of reader.push(bytes)) this.#take(socket, reply);
      } catch (error) {
        this.#lose(socket, error instanceof Error ? error.message : 'an answer could not be read');
      }
    };
    const socket = tls
      ? connectTls(host, port)
      : connectPlain({ host, port, onread: readInto(answers, read) });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.once(tls ? 'secureConnect' : 'connect', () => this.#greet(socket));
    if (tls) socket.on('data', read);
    socket.on('error', (error: NodeJS.ErrnoException) => this.#lose(socket, error.code ?? error.message));
    socket.on('close', () => this.#lose(socket, 'the connection was closed'));
  }

  #greet(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#state = 'greeting';
    this.#progressAt = performance.now();
    this.#unanswered = this.#handshake.map(() => 'greeting');
    socket.write(this.#handshake.join(''));
  }

  #take(socket: Socket, reply: Reply): void {
    if (socket !== this.#socket || this.#state === 'closed') return;
    this.#progressAt = performance.now();
    const whose = this.#unanswered.shift();
    if (whose === undefined) throw new RangeError('an answer that nobody asked for');
    if (whose === 'owner') {
      this.#events.reply(reply);
    } else if (reply.kind === 'error') {
      this.#lose(socket, reply.text);
    } else if (whose === 'greeting' && this.#unanswered.length === 0) {
      this.#state = 'up';
      this.#backoffMs = firstBackoffMs;
      this.#events.up();
    }
  }

  /** Gives `socket` up, if it is still the one, and tries again after a while that doubles. */
  #lose(socket: Socket, reason: string): void {
    if (socket !== this.#socket || this.#state === 'closed') return;
    this.#socket = undefined;
    socket.destroy();
    this.#state = 'waiting';
    const jittered = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#backoffMs = Math.min(longestBackoffMs, this.#backoffMs * 2);
    this.#retry = setTimeout(() => this.#connect(), jittered).unref();
    this.#events.down(reason);
  }

  #check(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const quietMs = performance.now() - this.#progressAt;
    if (this.#state === 'up' && this.#unanswered.length === 0) {
      if (quietMs < idlePingMs) return;
      this.#progressAt = performance.now();
      this.#unanswered.push('ping');
      socket.write(command('PING'));
    } else if (quietMs > (this.#state === 'connecting' ? connectDeadlineMs : replyDeadlineMs)) {
      this.#lose(socket, 'no answer in time');
    }
  }
}

function handshakeOf({ username, password, database }: RedisEndpoint): string[] {
  const commands: string[] = [];
  if (password !== undefined) {
    commands.push(username === undefined ? command('AUTH', password) : command('AUTH', username, password));
  }
  if (database !== 0) commands.push(command('SELECT', String(database)));
  commands.push(command('PING'));
  return commands;
}

function readInto(buffer: Buffer, read: (bytes: Buffer) => void): OnReadOpts {
  return {
    buffer,
    callback: (length) => {
      read(buffer.subarray(0, length));
      return true;
    },
  };
}

/** TLS costs 3 MB of resident memory, and is loaded where the ledger is spoken to over it. */
function connectTls(host: string, port: number): Socket {
  return process.getBuiltinModule('node:tls').connect({ host, port, ...serverName(host) });
}
