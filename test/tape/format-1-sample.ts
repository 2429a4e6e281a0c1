import { join } from 'node:path';
import { type ExchangeSketch, statusMark } from './make-tape.ts';

/** The sample of format 1, as its writer left it: readers of every later format are held to it. */
export const sampleFolder: string = join(import.meta.dirname, 'fixtures', 'format-1');

const card = '{"card":"4000056655665550","note":"four chunks"}';

/** The exchanges on it, in the order of their completion. */
export const sampleExchanges: readonly ExchangeSketch[] = [
  { start: 0, end: 12.5, method: 'POST', target: '/api/v2/checkout/init', responseBody: '{"cart":"c-1"}' },
  { start: 30, end: 41, service: 'inventory:80', instance: 1, connection: 3, target: '/stock/7?fresh=1' },
  { start: 20, end: 45, method: 'POST', target: '/api/v2/checkout/discount', connection: 2, session: 's-1' },
  { start: 21, status: null, failure: 'client_gone', connection: 4, target: '/events' },
  {
    start: 40,
    end: 90.25,
    message: 1,
    method: 'POST',
    target: '/api/v2/checkout/process_payment',
    session: 's-1',
    fields: [
      ['Host', 'checkout'],
      ['X-Twice', 'a'],
      ['x-twice', 'b', ':\t'],
      ['Content-Length', `${card.length}`],
    ],
    body: card,
    status: 500,
    responseBody: '{"error":"stock \u00e9puis\u00e9"}',
    triggers: [statusMark('POST', '/api/v2/checkout/process_payment', 500, 90)],
  },
];
