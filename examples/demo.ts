/**
 * `npm run demo`: a race that shows only under recorded timing is recorded, taped, scrubbed, fetched, stepped through
 * and judged, by the command-line programs as a user runs them.
 */
import { showChat } from './chat/demo.ts';
import { showCheckout } from './checkout/demo.ts';
import { makePlayground } from './checkout/folder.ts';
import { narrator } from './checkout/narrator.ts';
import { measureWork } from './checkout/work.ts';
import { showCheckoutGrpc } from './checkout-grpc/demo.ts';

const parts = new Map([
  ['checkout', showCheckout],
  ['grpc', showCheckoutGrpc],
  ['chat', showChat],
]);

const help = `npm run demo -- [PART…]

  checkout  a race over HTTP (the default)
  grpc      the same inside of one stream of gRPC
  chat      another one, over WebSocket
`;

async function main(chosen: readonly string[]): Promise<number> {
  if (chosen.some((name) => !parts.has(name))) {
    process.stderr.write(help);
    return 2;
  }
  const told = narrator();
  const work = measureWork();
  const playground = await makePlayground(work);
  told.say(`Everything of this demo lies in ${playground.path}`);
  let asExpected = true;
  for (const name of chosen) {
    const shown = await parts.get(name)?.(playground, work, told);
    asExpected &&= shown?.asExpected ?? false;
  }
  told.say(`
The programs are commands in a shell that reads
  . ${playground.path}/env
There are more parts: npm run demo -- ${[...parts.keys()].filter((name) => !chosen.includes(name)).join(' ')}
To install it for services of your own (Node.js 24): npm pack && npm install -g ./stateful-replay-tunnel-*.tgz`);
  if (!asExpected) {
    told.say(`
The demo did not go as planned: a machine that is busy misses the moments of its races. Run it again.`);
  }
  return asExpected ? 0 : 1;
}

const chosen = process.argv.slice(2);
process.exitCode = await main(chosen.length === 0 ? ['checkout'] : chosen);
