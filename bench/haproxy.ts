import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPart } from '../test/parts/find.ts';
import { freePort } from '../test/parts/server.ts';
import { type Command, Measured } from './process.ts';

/** An answer has to fit into one of HAProxy's buffers; its own are of 16 KiB. */
const originBuffer = 65_536;

const settings = `  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 10m
  timeout server 10m
`;

export interface Listening {
  readonly process: Measured;
  readonly port: number;
}

/** How HAProxy speaks: `http2` is HTTP/2 without TLS on both sides, by prior knowledge; `tcp` looks at nothing. */
export type HaproxyProtocol = 'http1' | 'http2' | 'tcp';

/** The origin that is proxied: HAProxy itself, on one thread, answering every request with `size` bytes. */
export async function startOrigin(
  folder: string,
  size: number,
  protocol: 'http1' | 'http2' = 'http1',
): Promise<Listening> {
  const body = join(folder, `body-${size}`);
  await writeFile(body, Buffer.alloc(size, 'x'));
  const lines = [`  http-request return status 200 content-type application/octet-stream file ${body}`];
  return startHaproxy(folder, `origin-${size}`, protocol, lines, `  tune.bufsize ${originBuffer}\n`);
}

/** The peer that we are compared with: one thread, nothing logged or captured. */
export function startPeer(
  folder: string,
  target: number,
  protocol: HaproxyProtocol = 'http1',
): Promise<Listening> {
  const mode = protocol === 'tcp' ? ['  mode tcp'] : [];
  return startHaproxy(folder, 'peer', protocol, [
    ...mode,
    '  default_backend origin',
    'backend origin',
    ...mode,
    `  server one 127.0.0.1:${target}${protocol === 'http2' ? ' proto h2' : ''}`,
  ]);
}

async function startHaproxy(
  folder: string,
  name: string,
  protocol: HaproxyProtocol,
  lines: readonly string[],
  tuning = '',
): Promise<Listening> {
  const port = await freePort();
  const file = join(folder, `${name}.cfg`);
  const bind = `  bind 127.0.0.1:${port}${protocol === 'http2' ? ' proto h2' : ''}`;
  const text = [`frontend ${name}`, bind, ...lines].join('\n');
  await writeFile(file, `global\n${tuning}${settings}${text}\n`);
  return { process: await Measured.start(command('haproxy', ['-f', file]), port), port };
}

/** A program of the tests' parts as a command. */
export function command(
  part: 'haproxy' | 'wrk' | 'h2load' | 'redis-server',
  args: readonly string[],
): Command {
  const found = findPart(part);
  if (found.kind !== 'program') throw new Error(`${part} was not found: npm run setup brings it`);
  return { ...found.program, args };
}
