import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chat } from '../chat/programs.ts';
import { checkoutGrpc } from '../checkout-grpc/programs.ts';
import { cli, service } from './programs.ts';

/** A folder to play in: tapes, and the programs of the demo as commands. */
export interface Playground {
  readonly path: string;
  /** What programs need to keep their files there. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes the folder, with a file `env` that a shell can read in. */
export async function makePlayground(work: number): Promise<Playground> {
  const path = await mkdtemp(join(tmpdir(), 'dvr-demo-'));
  const bin = join(path, 'bin');
  await mkdir(bin);
  await command(join(bin, 'dvr-cli'), `"${process.execPath}" "${cli}" "$@"`);
  await command(join(bin, 'chat'), `"${process.execPath}" "${chat}" --work ${work} "$@"`);
  await command(join(bin, 'checkout-grpc'), `"${process.execPath}" "${checkoutGrpc}" --work ${work} "$@"`);
  await command(join(bin, 'checkout'), `"${process.execPath}" "${service}" --work ${work} "$@"`);
  const files = {
    XDG_DATA_HOME: join(path, 'data'),
    XDG_STATE_HOME: join(path, 'state'),
    XDG_CONFIG_HOME: join(path, 'config'),
  };
  const lines = Object.entries(files).map(([name, value]) => `export ${name}="${value}"`);
  await writeFile(join(path, 'env'), [...lines, `export PATH="${bin}${delimiter}$PATH"`, ''].join('\n'));
  return { path, env: { ...files, PATH: `${bin}${delimiter}${process.env.PATH}` } };
}

async function command(path: string, line: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\nexec ${line}\n`);
  await chmod(path, 0o755);
}
