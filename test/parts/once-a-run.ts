import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names the folder of a run to the processes that run its tests. */
const variable = 'DVR_TEST_RUN';
const lookMs = 100;

/** What vitest calls before the first test of a run: makes a folder for what its tests share, and removes it in the end. */
export default async function beginRun(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'dvr-run-'));
  process.env[variable] = folder;
  return () => rm(folder, { recursive: true, force: true });
}

type Outcome = { readonly made: string } | { readonly failed: string };

/**
 * What `make` makes in a folder, made by the first test of the run that asks for it and shared by all, whatever process
 * they run in. Throws for all of them where it failed.
 */
export async function onceARun(name: string, make: (folder: string) => Promise<string>): Promise<string> {
  const run = process.env[variable];
  if (run === undefined) throw new Error('the tests were not begun by vitest.config.ts');
  const folder = join(run, name);
  const told = `${folder}.json`;
  if (await isFirst(folder)) {
    const outcome = await make(folder).then(
      (made): Outcome => ({ made }),
      (error): Outcome => ({ failed: String(error) }),
    );
    await writeFile(`${told}.part`, JSON.stringify(outcome));
    await rename(`${told}.part`, told);
  }
  const outcome = await untilTold(told);
  if ('failed' in outcome) throw new Error(outcome.failed);
  return outcome.made;
}

function isFirst(folder: string): Promise<boolean> {
  return mkdir(folder).then(
    () => true,
    () => false,
  );
}

/** Waits as long as the test that asks may. */
async function untilTold(path: string): Promise<Outcome> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text);
    await sleep(lookMs);
  }
}
