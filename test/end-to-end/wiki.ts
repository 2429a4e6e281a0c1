import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bringApplication } from '../parts/application.ts';
import { accepts, freePort } from '../parts/server.ts';
import { Running } from './running.ts';

const version = '0.40.2';
const startDeadlineMs = 30_000;

/** Whoever knows it is the owner of the wiki. */
export const reclaimCode = '5f2b7c9d13e84a60b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5a6b7c8';

/** A Federated Wiki, the npm package `wiki`, as its users start it, with a folder that holds nothing but its owner. */
export class Wiki implements AsyncDisposable {
  readonly port: number;
  readonly #data: string;
  readonly #running: Running;

  private constructor(port: number, data: string, running: Running) {
    this.port = port;
    this.#data = data;
    this.#running = running;
  }

  /** Starts one whose pages will lie in `data`, a folder that does not exist yet. Its owner's name is on every page. */
  static async start(data: string, name = 'Ada'): Promise<Wiki> {
    const modules = join(await bringApplication('wiki', version), 'node_modules');
    await mkdir(join(data, 'status'), { recursive: true });
    const owner = { name, friend: { secret: reclaimCode } };
    await writeFile(join(data, 'status', 'owner.json'), JSON.stringify(owner));
    const port = await freePort();
    const flags = ['--port', String(port), '--host', '127.0.0.1', '--data', data, '--packageDir', modules];
    const wiki = [join(modules, 'wiki', 'index.js'), ...flags, '--security_type', 'friends'];
    // It also reads ~/.wiki.
    const running = new Running([process.execPath, ...wiki], { HOME: data });
    await running.printed('stdout', /server listening/);
    await untilAccepted(port);
    return new Wiki(port, data, running);
  }

  /** SHA-256 over its pages, those in its recycler and its icon. */
  async stateHash(): Promise<string> {
    const hash = createHash('sha256');
    for (const folder of ['pages', 'recycle', 'status']) {
      const names = await readdir(join(this.#data, folder)).catch(() => []);
      for (const name of names.filter((name) => /^[a-z-]+$|^favicon/.test(name)).sort()) {
        hash.update(`${folder}/${name}\n`).update(await readFile(join(this.#data, folder, name)));
      }
    }
    return hash.digest('hex');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
  }
}

async function untilAccepted(port: number): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens on ${port}`);
    await sleep(20);
  }
}
