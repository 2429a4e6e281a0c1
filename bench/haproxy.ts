import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPart } from '../test/parts/find.ts';
import { freePort } from '../test/parts/server.ts';
import { type Command, Measured } from './process.ts';

const settings = `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
`;

export interface Listening {
  readonly process: Measured;
  readonly port: number;
}

/** The origin that is proxied: HAProxy itself, on one thread, answering every request with `size` bytes. */
export async function startOrigin(folder: string, size: number): Promise<Listening> {
  const body = join(folder, 'body');
  await writeFile(body, Buffer.alloc(size, 'x'));
  return startHaproxy(folder, 'origin', [
    `  http-request return status 200 content-type application/octet-stream file ${body}`,
  ]);
}

/** The peer that we are compared with: one thread, http mode, nothing logged or captured. */
export function startPeer(folder: string, target: number): Promise<Listening> {
  return startHaproxy(folder, 'peer', [
    '  default_backend origin',
    'backend origin',
    `  server one 127.0.0.1:${target}`,
  ]);
}

async function startHaproxy(folder: string, name: string, lines: readonly string[]): Promise<Listening> {
  const port = await freePort();
  const file = join(folder, `${name}.cfg`);
  const text = [`frontend ${name}`, `  bind 127.0.0.1:${port}`, ...lines].join('\n');
  await writeFile(file, `${settings}${text}\n`);
  return { process: await Measured.start(command('haproxy', ['-f', file]), port), port };
}

/** A program of the tests' parts as a command. */
export function command(part: 'haproxy' | 'wrk' | 'redis-server', args: readonly string[]): Command {
  const found = findPart(part);
  if (found.kind !== 'program') throw new Error(`${part} was not found: npm run setup brings it`);
  return { ...found.program, args };
}
