import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTapeFolder } from '../test/tape/make-tape.ts';
import { syntheticExchanges } from '../test/tape/synthetic-tape.ts';
import { openTapeFolder } from '../vault/filesystem/tape-folder.ts';

const exchanges = 300_000;
const opens = 5;

/** Writes a tape of 300,000 exchanges, opens it five times, and prints what each took. */
export async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dvr-open-tape-'));
  try {
    const before = performance.now();
    await writeTapeFolder(folder, syntheticExchanges(exchanges));
    print('write', performance.now() - before);
    for (let run = 0; run < opens; run++) await openOnce(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openOnce(folder: string): Promise<void> {
  const start = performance.now();
  await using tape = await openTapeFolder(folder);
  const first = await tape.exchange(1);
  print(`open, and payload ${first.id}`, performance.now() - start);
  const listing = performance.now();
  let answered = 0;
  for (const summary of tape.summaries()) if (summary.status !== undefined) answered++;
  print(`${answered} summaries`, performance.now() - listing);
}

function print(what: string, ms: number): void {
  process.stdout.write(`${what.padEnd(24)} ${ms.toFixed(0).padStart(7)} ms\n`);
}

if (import.meta.main) await main();
