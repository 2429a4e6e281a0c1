import type { ScrubbedExchange } from '../../tape/scrubbed.ts';
import { sketchExchange } from './make-tape.ts';

/**
 * Exchanges of a busy shop: sessions of eight requests on connections of their own that overlap, in the order of
 * completion within each session. Always the same ones for the same `count`.
 */
export function* syntheticExchanges(count: number): Generator<ScrubbedExchange> {
  for (let number = 0; number < count; number++) {
    const session = Math.floor(number / 8);
    const step = number % 8;
    const start = session * 1.5 + step * 40 + ((number * 7919) % 100) / 10;
    yield sketchExchange({
      start,
      end: start + 3 + ((number * 104729) % 60),
      connection: session + 1,
      message: step,
      session: `session-${session}`,
      method: step === 0 ? 'POST' : 'GET',
      target:
        step === 0 ? '/api/v2/checkout/init' : `/api/v2/cart/${session}/items/${step}?page=${number % 5}`,
      ...(step === 0 ? { body: `{"customer":${session}}` } : {}),
      responseBody: `{"cart":${session},"step":${step},"items":[{"sku":"sku-${number % 977}","count":2}]}`,
    });
  }
}
