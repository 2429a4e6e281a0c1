/** `npm run bench`: brings the servers that the bench compares with and loads by, then runs it. */
import { bringParts } from '../test/parts/bring.ts';
import { benchParts } from '../test/parts/catalogue.ts';
import { findPart } from '../test/parts/find.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

await using _brought = await bringParts(benchParts, say);
const missing = benchParts.filter((part) => findPart(part).kind === 'missing');
if (missing.length === 0) {
  await import('../bench/main.ts');
} else {
  say(`The bench needs ${missing.join(', ')}. Install what is named and try again.`);
  process.exitCode = 1;
}
