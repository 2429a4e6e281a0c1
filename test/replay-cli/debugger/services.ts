import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runCommand } from '../../parts/command.ts';
import { findPart } from '../../parts/find.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

/** A service of a test, and what a debugger does to it. */
export interface DebuggedService extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Resolves when the debugger says that the service stopped at the breakpoint. */
  stopped(): Promise<unknown>;
  /** Lets the service go on. */
  resume(): Promise<void>;
}

function end(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  return gone;
}

function linesOf(child: ChildProcess): NodeJS.ReadableStream & AsyncIterable<string> {
  if (child.stdout === null) throw new Error('no stdout');
  return createInterface(child.stdout) as unknown as NodeJS.ReadableStream & AsyncIterable<string>;
}

/** The first line that is a number: a fixture's port. */
async function portOf(child: ChildProcess): Promise<number> {
  const lines = linesOf(child);
  return await new Promise((resolve, reject) => {
    lines.on('line', (line: string) => {
      if (/^\d+$/.test(line)) resolve(Number(line));
    });
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
  });
}

/** The C service under a real gdb, with a breakpoint on its handler. */
export async function nativeServiceInGdb(): Promise<DebuggedService> {
  const [gdb, compiler] = [findPart('gdb'), findPart('c-compiler')];
  if (gdb.kind !== 'program' || compiler.kind !== 'program') throw new Error('put the test under needs()');
  const folder = await mkdtemp(join(tmpdir(), 'dvr-native-'));
  const binary = join(folder, 'service');
  await runCommand(compiler.program.path, ['-g', '-O0', '-o', binary, join(fixtures, 'service.c')], {
    deadlineMs: 60_000,
  });
  const service = spawn(binary, { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await portOf(service);
  const debuggerProcess = spawn(
    gdb.program.path,
    ['-nx', '-q', '--interpreter=mi2', '-p', String(service.pid)],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...gdb.program.environment } },
  );
  const heard = listenTo(debuggerProcess);
  const tell = async (command: string, answer: RegExp) => {
    const answered = heard.next(answer);
    debuggerProcess.stdin.write(`${command}\n`);
    await answered;
  };
  await heard.next(/^\(gdb\)/);
  await tell('-break-insert handle', /^\^done,bkpt/);
  let stopped = heard.next(/^\*stopped,reason="breakpoint-hit"/);
  await tell('-exec-continue', /^\*running/);
  return {
    port,
    pid: Number(service.pid),
    stopped: () => stopped,
    resume: async () => {
      stopped = heard.next(/^\*stopped,reason="breakpoint-hit"/);
      await tell('-exec-continue', /^\*running/);
    },
    [Symbol.asyncDispose]: async () => {
      await end(debuggerProcess);
      await end(service);
      await rm(folder, { recursive: true });
    },
  };
}

/** Lines as they come, each given to the one who waits for its kind. */
function listenTo(child: ChildProcess): { next(pattern: RegExp): Promise<string> } {
  const waiting: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  linesOf(child).on('line', (line: string) => {
    const index = waiting.findIndex(({ pattern }) => pattern.test(line));
    if (index !== -1) waiting.splice(index, 1)[0]!.resolve(line);
  });
  return { next: (pattern) => new Promise((resolve) => void waiting.push({ pattern, resolve })) };
}

/** The Node service with its inspector open and nobody attached. */
export async function nodeService(
  ...options: string[]
): Promise<{ port: number; pid: number; inspector: string } & AsyncDisposable> {
  const service = spawn(process.execPath, [...options, join(fixtures, 'service.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const inspector = options.length === 0 ? '' : inspectorOf(service);
  const port = await portOf(service);
  return {
    port,
    pid: Number(service.pid),
    inspector: await inspector,
    [Symbol.asyncDispose]: async () => void (await end(service)),
  };
}

/** Node prints `Debugger listening on ws://…` when it opens its inspector. */
function inspectorOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (chunk) => {
      const url = /ws:\/\/\S+/.exec(String(chunk))?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}

/** The number of the line of the Node service that ends with this comment. */
export function lineOf(comment: string): number {
  const lines = readFileSync(join(fixtures, 'service.ts'), 'utf8').split('\n');
  return lines.findIndex((line) => line.endsWith(`// ${comment}`)) + 1;
}

/** An IDE as far as it matters here: a client of the inspector that sets a breakpoint. */
export async function attachIde(url: string, line: number): Promise<Ide> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let pausedNow: () => void = () => {};
  let paused = new Promise<void>((resolve) => (pausedNow = resolve));
  const answers = new Map<number, (result: unknown) => void>();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data));
    if (message.method === 'Debugger.paused') pausedNow();
    answers.get(message.id)?.(message);
  };
  let id = 0;
  const ask = (method: string, params: object = {}) => {
    const question = ++id;
    return new Promise<unknown>((resolve) => {
      answers.set(question, resolve);
      socket.send(JSON.stringify({ id: question, method, params }));
    });
  };
  await ask('Debugger.enable');
  await ask('Debugger.setBreakpointByUrl', { lineNumber: line - 1, urlRegex: '.*/fixtures/service\\.ts' });
  return {
    paused: () => paused,
    resume: async () => {
      paused = new Promise((resolve) => (pausedNow = resolve));
      await ask('Debugger.resume');
    },
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

export interface Ide {
  paused(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}
