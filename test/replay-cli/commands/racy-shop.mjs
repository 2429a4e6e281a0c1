// A shop whose carts can be spoiled: a discount that comes while an item is being written is lost, and paying notices.
// LOCK=1 mends it, BREAK=500 or 404 answers everything so. PORT 0 tells the port on stdout.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const carts = new Map();
let next = 0;

async function addItem(cart) {
  await sleep(25);
  cart.writing = true;
  await sleep(75);
  cart.writing = false;
  cart.items++;
}

async function applyDiscount(cart) {
  if (cart.writing) cart.spoiled = true;
  await sleep(40);
}

const locked = (cart, work) => {
  cart.last = (cart.last ?? Promise.resolve()).then(work);
  return cart.last;
};

async function answer(request, response) {
  if (process.env.BREAK) return end(response, Number(process.env.BREAK), { error: 'broken' });
  const [, what, id, verb] = request.url.split('/');
  if (what === 'carts' && id === undefined) {
    const cart = { id: `cart-${process.pid}-${++next}-long`, items: 0 };
    carts.set(cart.id, cart);
    return end(response, 201, { id: cart.id });
  }
  const cart = carts.get(id);
  if (cart === undefined) return end(response, 404, { error: 'no such cart' });
  const work = { items: addItem, discount: applyDiscount }[verb];
  if (work !== undefined) {
    await (process.env.LOCK ? locked(cart, () => work(cart)) : work(cart));
    return end(response, 200, { id: cart.id });
  }
  return cart.spoiled ? end(response, 500, { error: 'totals differ' }) : end(response, 200, { paid: true });
}

function end(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(server.address().port));
