/** `npm run build`, and the build of `npm pack`: compiles what the package holds into `dist`, which is made anew. */
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

await rm(join(root, 'dist'), { recursive: true, force: true });
// What npm pack prints on stdout is the name of the tarball alone.
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
process.exitCode = status ?? 1;
