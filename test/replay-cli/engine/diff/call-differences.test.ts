import { describe, expect, it } from 'vitest';
import { recordedCallEnd, withCallEnd } from '../../../../replay-cli/engine/call-end.ts';
import { differencesOf } from '../../../../replay-cli/engine/diff/differences.ts';
import type { MessageViews } from '../../../../replay-cli/messages/message-views.ts';
import { callOfExchange } from '../../../../wire/grpc/call.ts';
import { type CallGiven, itemsBody, noViews, recordedCall, replayedCall, views } from '../../calls.ts';

function compare(was: CallGiven, is: CallGiven, by: MessageViews = views) {
  const recorded = recordedCall(was);
  const call = callOfExchange(recorded.exchange)!;
  const end = recordedCallEnd(call, recorded.exchange, recorded.responseBody);
  const moved = (old: string, now: string) => old === 'cart-1' && now === 'cart-2';
  return differencesOf(recorded, withCallEnd(call, replayedCall(is)), moved, { call, end, views: by });
}

describe('the differences of a call', () => {
  it('are none where it ended alike and its messages say the same', () => {
    const same = { received: itemsBody({ sku: 'A1' }, { sku: 'B2' }) };
    expect(compare(same, same)).toEqual([]);
  });

  it('are told field by field, message by message', () => {
    const was = { received: itemsBody({ sku: 'A1' }, { inside: { quantity: 2 } }) };
    const is = { received: itemsBody({ sku: 'A1' }, { inside: { quantity: 3 } }) };
    expect(compare(was, is)).toEqual([{ where: 'message 2.inside.quantity', recorded: '2', replayed: '3' }]);
    expect(compare(was, is, noViews)).toEqual([{ where: 'message 2.13.2', recorded: '2', replayed: '3' }]);
  });

  it('are noise under the rules of any body', () => {
    const was = { received: itemsBody({ names: ['2026-01-02T03:04:05Z'], sku: 'cart-1' }) };
    const is = { received: itemsBody({ names: ['2026-11-21T03:04:05Z'], sku: 'cart-2' }) };
    expect(compare(was, is).map(({ where, noise }) => [where, noise])).toEqual([
      ['message 1.sku', 'moved'],
      ['message 1.names[0]', 'date'],
    ]);
  });

  it('tell another end, and another count of messages', () => {
    const was = { received: itemsBody({ sku: 'A1' }), code: 13, message: 'no stock' };
    expect(compare(was, { received: itemsBody({ sku: 'A1' }, {}) })).toEqual([
      { where: 'status', recorded: 'INTERNAL (13): no stock', replayed: 'OK (0)' },
      { where: 'messages', recorded: '1', replayed: '2' },
    ]);
  });

  it('are its end alone where one side has it in its head, without a message', () => {
    const recorded = recordedCall({ received: itemsBody({ sku: 'A1' }) });
    const call = callOfExchange(recorded.exchange)!;
    const end = recordedCallEnd(call, recorded.exchange, recorded.responseBody);
    const whole = replayedCall({ received: new Uint8Array() });

    const fields = [...whole.head.fields, ['grpc-status', '13'], ['grpc-message', 'no stock']] as const;
    const outcome = { ...whole, head: { ...whole.head, fields }, trailers: [] };
    const differences = differencesOf(recorded, withCallEnd(call, outcome), () => false, {
      call,
      end,
      views,
    });
    expect(differences).toEqual([
      { where: 'status', recorded: 'OK (0)', replayed: 'INTERNAL (13): no stock' },
    ]);
  });
});
