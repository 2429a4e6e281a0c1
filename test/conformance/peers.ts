import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartName } from '../parts/catalogue.ts';
import { runCommand } from '../parts/command.ts';
import { findPart, type Program } from '../parts/find.ts';
import { accepts, freePort, Server } from '../parts/server.ts';

const clientDeadlineMs = 30_000;

/** A server that no one here wrote, on a port of its own. */
export interface Peer {
  readonly port: number;
  readonly server: Server;
}

/** Starts a part as a server; `argsOf` gets its port and a folder that is removed with it. */
export async function startPeer(
  part: PartName,
  argsOf: (port: number, folder: string) => readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Peer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), `dvr-${part}-`));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text.replaceAll('PORT', String(port)).replaceAll('FOLDER', folder));
  }
  const server = new Server({
    program: programOf(part),
    args: argsOf(port, folder),
    ready: () => accepts(port),
    folder,
  });
  await server.start();
  return { port, server };
}

/** Runs a client to its end and gives its stdout; rejects with its stderr where it fails. */
export function runClient(part: PartName, args: readonly string[]): Promise<string> {
  const { path, environment } = programOf(part);
  return runCommand(path, args, { deadlineMs: clientDeadlineMs, environment });
}

export function programOf(part: PartName): Program {
  const found = findPart(part);
  if (found.kind !== 'program') throw new Error(`${part} is missing`);
  return found.program;
}

/** nginx as an HTTP/1.1 and, on prior knowledge, HTTP/2 server of the files under `pages/`. */
export function startNginx(pages: Readonly<Record<string, string>>, http2: boolean): Promise<Peer> {
  const configuration = `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  server {
    listen 127.0.0.1:PORT${http2 ? ' http2' : ''};
    root FOLDER/pages;
    gzip on;
    gzip_types text/plain;
    location /moved { return 302 /a.txt; }
    location /teapot { return 418; }
  }
}
`;
  const files = Object.fromEntries(Object.entries(pages).map(([name, text]) => [`pages/${name}`, text]));
  return startPeer('nginx', (_, folder) => ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    ...files,
    'nginx.conf': configuration,
  });
}

/** nghttpd, plain, with the files under `pages/`; `flags` as its own. */
export function startNghttpd(pages: Readonly<Record<string, string>>, ...flags: string[]): Promise<Peer> {
  const files = Object.fromEntries(Object.entries(pages).map(([name, text]) => [`pages/${name}`, text]));
  return startPeer(
    'nghttpd',
    (port, folder) => ['--no-tls', '-a', '127.0.0.1', '-d', join(folder, 'pages'), ...flags, String(port)],
    files,
  );
}
