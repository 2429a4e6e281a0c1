import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { disagreement } from './agreement.ts';
import { everyCut, latin1, scan } from './playbook.ts';
import { readVectors, type Vector } from './vector-file.ts';

/*
 * Runs the scanner over outside vectors: `node test/wire/http1/vectors.ts --vectors DIR`, where DIR holds Markdown files
 * in the format of llhttp's own tests (`request/*.md`, `response/*.md`). Exit code 1 where anything disagrees.
 */

/** Errors over what frames nothing: chunk extensions, methods, targets, methods of other protocols. */
const harmlessCodes: ReadonlySet<number> = new Set([2, 6, 7, 8]);

interface Tally {
  agreed: number;
  stricter: number;
  skipped: number;
  readonly failed: string[];
}

/** What the vector's log expects: messages that ended, and whether the parser stopped with an error. */
function judge(vector: Vector): string | undefined {
  const input = latin1(vector.input);
  const methods = vector.skipBody ? Array.from({ length: 16 }, () => 1 as const) : [];
  const told = scan(vector.kind, input, { methods, close: vector.finish });
  const split = scan(vector.kind, input, { methods, close: vector.finish, cuts: everyCut(input) });
  if (JSON.stringify(split) !== JSON.stringify(told)) return 'cutting the bytes changes what is told';
  const against = disagreement(vector.kind, input, [], methods);
  if (against !== undefined) return against;
  if (vector.finish || isStricter(vector) || harmlessCodes.has(vector.error ?? 0)) return undefined;
  const ended = told.ends.length + told.heads.filter((head) => head.interim).length;
  if (ended !== vector.ended) return `${ended} messages ended where ${vector.ended} are expected`;
  return undefined;
}

/** The scanner refuses what the vector's parser takes: `disagreement` allows that for some shapes alone. */
function isStricter(vector: Vector): boolean {
  const { opaque } = scan(vector.kind, latin1(vector.input));
  return opaque !== undefined && opaque !== 'upgrade' && vector.error === undefined;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { vectors: { type: 'string' }, verbose: { type: 'boolean' } } });
  if (values.vectors === undefined) {
    console.error('usage: node test/wire/http1/vectors.ts --vectors DIR [--verbose]');
    return 2;
  }
  const tally: Tally = { agreed: 0, stricter: 0, skipped: 0, failed: [] };
  for (const kind of ['request', 'response'] as const) {
    const folder = join(values.vectors, kind);
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.md')).sort()) {
      for (const vector of readVectors(kind, await readFile(join(folder, name), 'utf8'))) {
        count(tally, `${kind}/${name}: ${vector.title}`, vector, values.verbose === true);
      }
    }
  }
  console.log(
    `${tally.agreed} agree, ${tally.stricter} the scanner refuses on purpose, ${tally.failed.length} disagree`,
  );
  console.log(`${tally.skipped} skipped: they test lenient modes or pauses, which the scanner does not have`);
  for (const line of tally.failed) console.log(`  ${line}`);
  if (tally.agreed === 0) console.log('no vectors found');
  return tally.failed.length === 0 && tally.agreed > 0 ? 0 : 1;
}

function count(tally: Tally, title: string, vector: Vector, verbose: boolean): void {
  if (vector.lenient) {
    tally.skipped++;
    return;
  }
  const reason = judge(vector);
  const outcome = isStricter(vector) ? 'stricter' : 'agreed';
  if (reason !== undefined) tally.failed.push(`${title}: ${reason}`);
  else tally[outcome]++;
  if (verbose) console.log(`${reason ?? outcome}: ${title}`);
}

process.exitCode = await main();
