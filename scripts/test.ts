/**
 * `npm test`: brings the real servers that tests need, then runs the tests. `--unit` runs those that are quick and need none;
 * `--strict` takes a skip for a failure unless .ci/allowed-skips names it. All else is passed on to vitest:
 * `npm test -- test/ledger -t 'hold copy'`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringParts } from '../test/parts/bring.ts';
import { testParts } from '../test/parts/catalogue.ts';
import { shareVariable } from '../test/properties.ts';
import type { Report } from '../test/report.ts';
import { allowedSkips, judge } from './skips.ts';
import { runVitest } from './vitest.ts';

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const unit = args.includes('--unit');
const strict = args.includes('--strict');
const filters = args.filter((argument) => argument !== '--unit' && argument !== '--strict');

/**
 * The inner loop: no servers, no programs, no waiting through real windows, modules loaded once for many files, a part
 * of the runs of each property, and more workers than cores, since some tests wait.
 */
const unitEnvironment = { [shareVariable]: '0.2' };
const unitRun = [
  ...['--exclude', '**/*.parts.test.ts', '--exclude', '**/*.integration.test.ts'],
  ...['--no-isolate', `--maxWorkers=${2 * availableParallelism()}`],
];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  await using brought = await bringParts(unit ? [] : testParts, say);
  const folder = await mkdtemp(join(tmpdir(), 'dvr-test-'));
  try {
    const reportPath = join(folder, 'report.json');
    const selection = unit ? [...unitRun, ...filters] : filters;
    const environment = { ...brought.environment, ...(unit ? unitEnvironment : {}) };
    const code = await runVitest(root, selection, reportPath, environment);
    return await conclude(code, reportPath);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Prints what was skipped and why, and as the last line the counts. */
async function conclude(code: number, reportPath: string): Promise<number> {
  const report = await readReport(reportPath);
  const { lines, forbidden } = judge(report.skipped, strict ? await allowedSkips(root) : undefined);
  const failed = report.failed + forbidden + (code !== 0 && report.failed === 0 ? 1 : 0);
  for (const line of lines) console.log(line);
  console.log(`${report.passed} passed, ${failed} failed, ${report.skipped.length - forbidden} skipped`);
  return failed === 0 ? 0 : 1;
}

/** A run that crashed leaves no report; its exit code speaks for it. */
async function readReport(path: string): Promise<Report> {
  const text = await readFile(path, 'utf8').catch(() => '{"passed":0,"failed":0,"skipped":[]}');
  return JSON.parse(text);
}

process.exitCode = await main();
