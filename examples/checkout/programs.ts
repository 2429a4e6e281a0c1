import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '..', '..');
export const cli = join(root, 'bin', 'dvr-cli.js');
export const service = join(import.meta.dirname, 'service.ts');

/** A program that runs until it is stopped. */
export interface Running extends AsyncDisposable {
  readonly lines: AsyncIterableIterator<string>;
  /** Asks it to end, as Ctrl-C does, and waits until it has. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

/** Starts a program; its stdout comes line by line, its stderr goes to `onLog`. */
export function start(args: readonly string[], env: Environment, onLog: (text: string) => void): Running {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.setEncoding('utf8').on('data', onLog);
  const stop = (): Promise<void> => end(child);
  return { lines: createInterface(child.stdout)[Symbol.asyncIterator](), stop, [Symbol.asyncDispose]: stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const hard = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await ended;
  clearTimeout(hard);
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `dvr-cli` to its end. */
export async function dvrCli(args: readonly string[], env: Environment, input = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env } });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** A port that nothing listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  server.close();
  await once(server, 'close');
  return port;
}
