import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExchangeSketch, makeTapeFolder, statusMark } from './make-tape.ts';

/**
 * Writes the sample of format 1 anew: `node test/tape/make-format-1-sample.ts`. It was committed when the format was
 * made and is not written again: readers of every later format are held to it.
 */
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

if (import.meta.main) {
  await rm(sampleFolder, { recursive: true, force: true });
  await makeTapeFolder(sampleFolder, sampleExchanges, {
    instances: [
      { instance: '00c0ffee00c0ffee', pod: 'checkout-7d', service: 'checkout:8080', ledger_ahead_ms: 1.5 },
      { instance: '0decaf000decaf00', pod: 'inventory-0', service: 'inventory:80', ledger_ahead_ms: -2 },
    ],
    gaps: [{ cause: 'window_edge', count: 1, unit: 'connections', from: 0, what: 'connection 9' }],
    sanitizers: [{ name: 'card', version: 1, hits: 1, places: { 'request.body': 1 }, dropped: 0 }],
  });
}
