import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetAddress } from '../../../program/address.ts';

/** How it is told that a service is ready: its port takes connections, or a URL of it answers 2xx or 3xx. */
export type Readiness =
  | { readonly kind: 'tcp' }
  | { readonly kind: 'http'; readonly host: string; readonly port: number; readonly path: string };

const pollMs = 20;
const tryMs = 2_000;

/** Resolves true when the service is ready, false when `signal` is aborted before. */
export async function awaitReady(
  target: TargetAddress,
  readiness: Readiness,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    if (await (readiness.kind === 'tcp' ? takesConnections(target) : answers(readiness))) return true;
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
  return false;
}

/** Whether something listens there. */
export function takesConnections(target: TargetAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: target.host, port: target.port });
    const done = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(tryMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

function answers({ host, port, path }: Extract<Readiness, { kind: 'http' }>): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path, agent: false, timeout: tryMs }, (response) => {
      response.resume();
      response.once('close', () => resolve((response.statusCode ?? 500) < 400));
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
