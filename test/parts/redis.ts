import { mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPart, type Program } from './find.ts';
import { freePort, Server } from './server.ts';

export interface RedisSettings {
  /** Lines of an ACL file: `user writer on >secret ~* +xadd`. A `user default …` line replaces the open default. */
  readonly acl?: readonly string[];
  /** Further arguments of redis-server. */
  readonly args?: readonly string[];
}

/** A Redis of a test's own, without persistence. It keeps its port and socket when stopped and started. */
export class RedisServer extends Server {
  readonly port: number;
  /** Path of its unix socket. */
  readonly socket: string;

  constructor(program: Program, folder: string, port: number, args: readonly string[]) {
    const socket = join(folder, 'redis.sock');
    super({
      program,
      folder,
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', socket],
        ...['--save', '', '--appendonly', 'no', '--dir', folder],
        ...args,
      ],
      ready: () => answers(socket),
    });
    this.port = port;
    this.socket = socket;
  }

  /** `redis://127.0.0.1:PORT` */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** The URL for a user of the ACL file. */
  urlFor(user: string, password: string): string {
    return `redis://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${this.port}`;
  }
}

/** Starts an empty Redis; for tests under `needs('redis-server')`. */
export async function startRedis({ acl, args = [] }: RedisSettings = {}): Promise<RedisServer> {
  const found = findPart('redis-server');
  if (found.kind !== 'program') throw new Error('redis-server was not found: put the test under needs()');
  const folder = await mkdtemp(join(tmpdir(), 'dvr-redis-'));
  const aclArguments = acl === undefined ? [] : ['--aclfile', await writeAcl(folder, acl)];
  const server = new RedisServer(found.program, folder, await freePort(), [...aclArguments, ...args]);
  await server.start();
  return server;
}

/** The URL of a Redis that is there for tests under `needs('redis')`, and how to let it go. It may be shared: use keys of your own. */
export async function useRedis(): Promise<AsyncDisposable & { readonly url: string }> {
  const found = findPart('redis');
  if (found.kind === 'url') return { url: found.url, [Symbol.asyncDispose]: async () => undefined };
  return startRedis();
}

async function writeAcl(folder: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, 'users.acl');
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

/** Any reply to PING will do: with an ACL it is a refusal. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    const settle = (answer: boolean): void => {
      connection.destroy();
      resolve(answer);
    };
    connection.setTimeout(1_000, () => settle(false));
    connection.once('error', () => settle(false));
    connection.once('close', () => settle(false));
    connection.once('data', (reply) => settle(!reply.toString().startsWith('-LOADING')));
    connection.write('PING\r\n');
  });
}
