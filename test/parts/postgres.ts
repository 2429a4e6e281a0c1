import { randomBytes } from 'node:crypto';
import { chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { runCommand } from './command.ts';
import { findPart, type Program } from './find.ts';
import { freePort, Server, type User } from './server.ts';

const initDeadlineMs = 60_000;

/** The user `nobody` of Linux: PostgreSQL refuses to run as root, and needs to own nothing but its folder. */
const nobody: User = { uid: 65_534, gid: 65_534 };

/** A PostgreSQL of a test's own, on loopback. It keeps its port and its data when stopped and started. */
export class PostgresServer extends Server {
  /** `postgres://dvr@127.0.0.1:PORT/postgres`; there is no password. */
  readonly url: string;

  constructor(program: Program, folder: string, port: number, user: User | undefined) {
    const url = `postgres://dvr@127.0.0.1:${port}/postgres`;
    const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off' };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    super({ program, folder, user, args: ['-D', join(folder, 'data'), ...flags], ready: () => answers(url) });
    this.url = url;
  }
}

/** Starts an empty PostgreSQL of the program that was found; as `nobody` where the test runs as root. */
async function startPostgres(program: Program): Promise<PostgresServer> {
  const user = process.getuid?.() === 0 ? nobody : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'dvr-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const flags = ['--username=dvr', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'];
  await runCommand(join(dirname(program.path), 'initdb'), ['-D', join(folder, 'data'), ...flags], {
    cwd: folder,
    deadlineMs: initDeadlineMs,
    environment: program.environment,
    user,
  });
  const server = new PostgresServer(program, folder, await freePort(), user);
  await server.start();
  return server;
}

/** The URL of an empty database for tests under `needs('postgres')`, and how to let it go. */
export async function usePostgres(): Promise<AsyncDisposable & { readonly url: string }> {
  const found = findPart('postgres');
  if (found.kind === 'missing') throw new Error('postgres was not found: put the test under needs()');
  return found.kind === 'program' ? startPostgres(found.program) : newDatabase(found.url);
}

async function newDatabase(server: string): Promise<AsyncDisposable & { readonly url: string }> {
  const name = `dvr_${randomBytes(6).toString('hex')}`;
  await ask(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => ask(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function answers(url: string): Promise<boolean> {
  return ask(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
}
