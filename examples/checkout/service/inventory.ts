/**
 * The inventory: a process of its own, with an HTTP interface on a port of its choice, which it tells its parent.
 * `POST /reserve/PART,PART` goes through the stock ledger of each part and answers with what it reserved.
 */
import { createServer } from 'node:http';
import { verifyChain } from './chain.ts';

const entries = Number(process.argv[2]);

const server = createServer((request, response) => {
  request.resume();
  const parts = (request.url ?? '').slice('/reserve/'.length).split(',');
  const reserved = parts.map((part) => ({ part, ledger: verifyChain(part, entries).slice(0, 12) }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(reserved));
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
process.on('disconnect', () => process.exit());
