import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReadTape, readTapes, tunnelYaml } from '../committer/world.ts';
import { type Running, run, start } from '../end-to-end/running.ts';

/** Fires on nothing that these tests do: tapes are asked for by hand. */
const triggers = `  capture:
    protocols: [http, grpc]
  triggers:
    - on_status: [599]
      action: commit_tape
`;

/** The sidecar of embedded mode before a service: a process of its own, with a vault in a folder. */
export class Sidecar implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #admin: number;
  readonly #recording: Running;

  constructor(
    at: { readonly folder: string; readonly port: number; readonly admin: number },
    running: Running,
  ) {
    this.port = at.port;
    this.#folder = at.folder;
    this.#admin = at.admin;
    this.#recording = running;
  }

  /** Everything that passed so far, as it lies on a tape. */
  async tape(): Promise<ReadTape> {
    const asked = await run({}, 'dvr-cli', 'commit', '--admin', String(this.#admin));
    if (asked.code !== 0) throw new Error(asked.stderr);
    await this.#recording.printed('stdout', /tape-id-\S+: \d/);
    const [tape] = await readTapes(join(this.#folder, 'vault'));
    if (tape === undefined) throw new Error(`no tape was made:\n${this.#recording.stderr}`);
    return tape;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recording[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a sidecar before the service at `port` of this machine, with what flags it needs besides. */
export async function startSidecar(
  port: number,
  {
    scheme = 'http',
    flags = [],
  }: { readonly scheme?: 'http' | 'https'; readonly flags?: readonly string[] } = {},
): Promise<Sidecar> {
  const folder = await mkdtemp(join(tmpdir(), 'dvr-conformance-'));
  const config = join(folder, 'tunnel.yaml');
  await writeFile(config, tunnelYaml(triggers, '100ms', '500ms'));
  const running = start(
    {},
    'dvr-cli',
    'record',
    ...['--target', `${scheme}://127.0.0.1:${port}`, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'],
    ...['--config', config, '--vault', `file://${join(folder, 'vault')}`],
    ...flags,
  );
  const [, own = '', admin = ''] = await running.printed(
    'stderr',
    /recording: port (\d+) .*admin["=: ]+(\d+)/,
  );
  return new Sidecar({ folder, port: Number(own), admin: Number(admin) }, running);
}
