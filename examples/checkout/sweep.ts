/**
 * `node examples/checkout/sweep.ts [--times 3] [--step 10]`: where the race lies. Add Item and Apply Discount are
 * recorded anew at each gap from 0 to 100 ms; where that failed, the tape is fetched and replayed.
 */
import { parseArgs } from 'node:util';
import { makePlayground } from './folder.ts';
import { dvrCli } from './programs.ts';
import { record } from './recording.ts';
import { judge, ways } from './verdicts.ts';
import { measureWork } from './work.ts';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '3' }, step: { type: 'string', default: '10' } },
});
const times = Number(values.times);

const work = measureWork();
const { env } = await makePlayground(work);
const [recordedTiming] = ways;
console.log('gap     recordings that failed   of those, reproduced');
for (let gapMs = 0; gapMs <= 100; gapMs += Number(values.step)) {
  let failed = 0;
  let reproduced = 0;
  for (let time = 0; time < times; time++) {
    const { tape } = await record({ env, work, gapMs, others: 10, hurried: 1, onLog: () => undefined });
    if (tape === undefined || recordedTiming === undefined) continue;
    failed++;
    await dvrCli(['fetch', tape], env);
    const { verdict } = await judge(tape, recordedTiming, env);
    if (verdict.startsWith('Reproduced')) reproduced++;
  }
  const bar = '█'.repeat(Math.round((failed / times) * 20)).padEnd(20, '·');
  console.log(
    `${String(gapMs).padStart(3)} ms  ${bar} ${failed}/${times}   ${failed === 0 ? '' : `${reproduced}/${failed}`}`,
  );
}
