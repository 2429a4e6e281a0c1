/**
 * The checkout of a shop over gRPC: `node examples/checkout-grpc/service.ts --port 8082`. Carts, inventory and prices,
 * and the race between them, are those of the checkout over HTTP; with `LOCK=1` it has the lock that they need.
 */
import { parseArgs } from 'node:util';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { Carts } from '../checkout/service/carts.ts';
import { type Answer, Checkout } from '../checkout/service/checkout.ts';
import { Inventory } from '../checkout/service/inventory.ts';
import { Lock, noLock } from '../checkout/service/lock.ts';
import { Pricing } from '../checkout/service/pricing.ts';
import { products } from '../checkout/service/products.ts';
import { type Fields, open, root, shop } from './schema.ts';
import { addReflection } from './service/reflection.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8082' }, work: { type: 'string', default: '400' } },
});
const work = Number(values.work);

const inventory = await Inventory.start(Math.ceil(work / 5));
const pricing = new Pricing(work);
// As after a while of running: connections are open, and what runs often is compiled.
for (let round = 0; round < 40; round++) for (const product of products) await inventory.reserve(product);
for (const product of products) await pricing.priceOf(product);
const lock = process.env.LOCK === '1' ? new Lock() : noLock;
const checkout = new Checkout({ carts: new Carts(), inventory, pricing, lock });

/** What one action of a customer comes to. */
async function act({ cartId: cart, addItem, applyDiscount, pay }: Fields): Promise<Fields> {
  if (addItem !== undefined) return changed(await checkout.addItem({ cart, sku: addItem }));
  if (applyDiscount !== undefined)
    return changed(await checkout.applyDiscount({ cart, code: applyDiscount }));
  const card = isFields(pay) ? pay.card : undefined;
  const { paid, card: digits, receipt } = bodyOf(checkout.processPayment({ cart, card }));
  return { paid: { cents: paid, card: digits, email: receipt } };
}

function changed(answer: Answer): Fields {
  const { lines, total } = bodyOf(answer);
  return { changed: { lines, cents: total } };
}

function bodyOf({ status: code, body }: Answer): Fields {
  if (code !== 200 || !isFields(body)) throw new Error('the shop refused');
  return body;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

const server = new Server();
server.addService(
  { Open: open, Shop: shop },
  {
    Open: (call: ServerUnaryCall<Fields, Fields>, answer: sendUnaryData<Fields>) => {
      const { cart, email } = bodyOf(checkout.init(call.request));
      answer(null, { id: cart, email });
    },
    Shop: (call: ServerDuplexStream<Fields, Fields>) => {
      const underWay = new Set<Promise<void>>();
      const fail = (error: unknown): void => {
        console.error(error instanceof Error ? error.message : error);
        call.emit('error', { code: status.INTERNAL, details: 'the shop is sorry' });
      };
      call.on('data', (action: Fields) => {
        const doing = act(action)
          .then((event) => void call.write(event))
          .catch(fail)
          .finally(() => underWay.delete(doing));
        underWay.add(doing);
      });
      call.on('end', () => Promise.all(underWay).then(() => call.end()));
    },
  },
);
addReflection(server, ['shop.checkout.v1.Checkout'], root);

server.bindAsync(`127.0.0.1:${values.port}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`checkout listens on http://127.0.0.1:${port}`);
});

async function stop(): Promise<void> {
  server.forceShutdown();
  inventory.close();
  await pricing.close();
  process.exit();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
