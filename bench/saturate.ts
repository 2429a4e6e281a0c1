import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { command } from './haproxy.ts';

/** Over many connections on a busy machine an answer takes its time; only one that never comes has failed. */
const answerDeadline = '10s';

export interface Load {
  readonly requests: number;
  /** Answers that were none, or no success. */
  readonly failed: number;
  readonly perSecond: number;
}

/** Sends as many requests as go to a port, for so many seconds. */
export type Saturate = (port: number, seconds: number) => Promise<Load>;

/** As many requests as go, over kept-alive connections, for `seconds`. */
export async function saturate(port: number, seconds: number, connections = 32): Promise<Load> {
  const { path, args, environment } = command('wrk', [
    ...['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', answerDeadline],
    `http://127.0.0.1:${port}/api/items/1`,
  ]);
  const { stdout } = await promisify(execFile)(path, args, { env: { ...process.env, ...environment } });
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!Number.isFinite(requests) || !Number.isFinite(perSecond)) throw new Error(`wrk said: ${stdout}`);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  const sockets = errors?.slice(1).reduce((sum, count) => sum + Number(count), 0) ?? 0;
  return { requests, perSecond, failed: sockets + Number(/Non-2xx.*: (\d+)/.exec(stdout)?.[1] ?? 0) };
}
