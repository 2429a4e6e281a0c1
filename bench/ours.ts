import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { generateKeyPair } from '../sealing/index.ts';
import { freePort } from '../test/parts/server.ts';
import type { Listening } from './haproxy.ts';
import { Measured } from './process.ts';

const root = join(import.meta.dirname, '..');

const tunnel = `apiVersion: networking.replay.io/v1alpha1
kind: StatefulTunnel
metadata:
  name: bench
spec:
  triggers:
    - on_status: [5xx]
    - on_exception: "*"
    - on_timeout: 5s
`;

/** Builds the package as it ships into `folder`, and returns where its programs lie: sources cost memory of their own. */
export async function buildInto(folder: string): Promise<string> {
  const out = join(folder, 'built');
  await promisify(execFile)(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...['-p', join(root, 'tsconfig.build.json'), '--outDir', join(out, 'dist')],
    ...['--sourceMap', 'false', '--declaration', 'false'],
  ]);
  await writeFile(join(out, 'package.json'), JSON.stringify({ type: 'module', version: '0.0.0' }));
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
  return join(out, 'dist');
}

/** The interceptor, whole: observation, triggers, sealing, and Redis behind it. */
export async function startInterceptor(
  folder: string,
  built: string,
  target: number,
  redis: string,
  nodeArguments: readonly string[] = [],
): Promise<Listening & { readonly admin: number }> {
  const [port, admin] = [await freePort(), await freePort()];
  const [config, publicKey] = [join(folder, 'tunnel.yaml'), join(folder, 'committer.pub')];
  await writeFile(config, tunnel);
  await writeFile(publicKey, generateKeyPair().publicPem);
  const args = [
    ...[...nodeArguments, join(built, 'interceptor/main.js')],
    ...['--config', config, '--public-key', publicKey, '--ledger', redis],
    ...['--listen', `127.0.0.1:${port}`, '--target', `http://127.0.0.1:${target}`],
    ...['--admin', `${admin}`, '--log-level', 'error', '--pod', 'bench'],
  ];
  return { process: await Measured.start({ path: process.execPath, args }, port), port, admin };
}

/** What the interceptor says of its recording: bytes that the ledger took and did not take. */
export async function captured(admin: number): Promise<Captured> {
  const state: unknown = await (await fetch(`http://127.0.0.1:${admin}/state`)).json();
  return capturedSchema.parse(state).ledger;
}

const capturedSchema = z.object({
  ledger: z.object({ appendedBytes: z.number(), droppedBytes: z.number() }),
});
export type Captured = z.output<typeof capturedSchema>['ledger'];

/** The relay with nothing looking on. */
export async function startRelayOnly(target: number): Promise<Listening> {
  const port = await freePort();
  const args = [join(import.meta.dirname, 'relay-only.ts'), `${port}`, `${target}`];
  return { process: await Measured.start({ path: process.execPath, args }, port), port };
}
