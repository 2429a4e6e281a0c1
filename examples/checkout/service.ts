/**
 * The checkout of a shop: `node examples/checkout/service.ts --port 8080`. With `LOCK=1` it has the lock that its carts
 * need. `--work N` sets how many entries the shop's ledgers have for each one counted in `products.ts` (the demo picks
 * it for this machine, so that adding a gift basket takes about as long everywhere).
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { Carts } from './service/carts.ts';
import { type Answer, Checkout } from './service/checkout.ts';
import { Inventory } from './service/inventory.ts';
import { Lock, noLock } from './service/lock.ts';
import { Pricing } from './service/pricing.ts';
import { products } from './service/products.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, work: { type: 'string', default: '400' } },
});
const work = Number(values.work);

const inventory = await Inventory.start(Math.ceil(work / 5));
const pricing = new Pricing(work);
// As after a while of running: connections are open, and what runs often is compiled.
for (let round = 0; round < 40; round++) for (const product of products) await inventory.reserve(product);
for (const product of products) await pricing.priceOf(product);
const lock = process.env.LOCK === '1' ? new Lock() : noLock;
const checkout = new Checkout({ carts: new Carts(), inventory, pricing, lock });

async function answer(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
  if (request.url === '/health') return { status: 200, body: { ok: true } };
  if (request.method !== 'POST') return { status: 404, body: { error: 'no such page' } };
  if (request.headers.authorization === undefined) return { status: 401, body: { error: 'who are you?' } };
  const given: unknown = await json(request);
  const fields = typeof given === 'object' && given !== null ? { ...given } : {};
  switch (request.url) {
    case '/api/v2/checkout/init': {
      const { customer, ...made } = checkout.init(fields);
      response.setHeader('set-cookie', `sid=${sessionOf(customer)}; Path=/; HttpOnly`);
      return made;
    }
    case '/api/v2/checkout/add_item':
      return checkout.addItem(fields);
    case '/api/v2/checkout/apply_discount':
      return checkout.applyDiscount(fields);
    case '/api/v2/checkout/process_payment':
      return checkout.processPayment(fields);
    default:
      return { status: 404, body: { error: 'no such page' } };
  }
}

function sessionOf(customer: number): string {
  return createHash('sha256').update(`customer ${customer}`).digest('base64url').slice(0, 24);
}

const server = createServer((request, response) => {
  answer(request, response)
    .catch((error: unknown): Answer => {
      console.error(`${request.url}: ${error instanceof Error ? error.message : error}`);
      return { status: 500, body: { error: 'Internal Server Error' } };
    })
    .then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
});

server.listen(Number(values.port), '127.0.0.1', () => {
  const address = server.address();
  console.log(`checkout listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});

async function stop(): Promise<void> {
  server.close();
  server.closeAllConnections();
  inventory.close();
  await pricing.close();
  process.exit();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
