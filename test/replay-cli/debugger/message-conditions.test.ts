import { describe, expect, it } from 'vitest';
import { parseCondition } from '../../../replay-cli/debugger/parse-condition.ts';
import { withCallEnd } from '../../../replay-cli/engine/call-end.ts';
import type { PayloadResult } from '../../../replay-cli/engine/port.ts';
import { callOfExchange } from '../../../wire/grpc/call.ts';
import { sketchExchange } from '../../tape/make-tape.ts';
import { type CallGiven, itemsBody, recordedCall, replayedCall, views } from '../calls.ts';

const stopsBefore = (condition: string, given: CallGiven) =>
  parseCondition(condition, views).before(recordedCall(given));

function stopsAfter(condition: string, given: CallGiven): boolean {
  const call = callOfExchange(recordedCall({}).exchange)!;
  const result: Partial<PayloadResult> = { call, outcome: withCallEnd(call, replayedCall(given)) };
  return parseCondition(condition, views).after(result as PayloadResult);
}

describe('a condition on the code of a call', () => {
  it('holds for that code, by name in any case or by number, on the tape and of the answer', () => {
    for (const condition of ['grpc INTERNAL', 'grpc internal', 'grpc 13']) {
      expect(stopsBefore(condition, { code: 13 })).toBe(true);
      expect(stopsBefore(condition, { code: 5 })).toBe(false);
      expect(stopsAfter(condition, { code: 13 })).toBe(true);
      expect(stopsAfter(condition, {})).toBe(false);
    }
    expect(parseCondition('grpc 13', views).text).toBe('grpc INTERNAL');
  });

  it('is refused for what is none', () => {
    expect(() => parseCondition('grpc INTRENAL', views)).toThrow(/no condition/);
    expect(() => parseCondition('grpc 17', views)).toThrow(/no condition/);
  });

  it('is a status as well, where the code stands for one', () => {
    expect(stopsBefore('5xx', { code: 13 })).toBe(true);
    expect(stopsBefore('status 503', { code: 14 })).toBe(true);
    expect(stopsAfter('5xx', { code: 4 })).toBe(true);
    expect(stopsBefore('5xx', { code: 5 })).toBe(false);
  });
});

describe('a condition on a field', () => {
  const sent = itemsBody({ sku: 'A1' }, { inside: { isGift: true, sku: 'B2' } });

  it('holds for any message that has it, in the names of the schema or of JSON', () => {
    for (const field of ['sku=B2', 'inside.sku=B*', 'is_gift=true', 'inside.isGift=*'])
      expect(stopsBefore(`field ${field}`, { sent }), field).toBe(true);
    for (const field of ['sku=C3', 'outside.sku=B2', 'gift=true', 'is_gift=false'])
      expect(stopsBefore(`field ${field}`, { sent }), field).toBe(false);
    expect(stopsAfter('field sku=A1', { received: itemsBody({ sku: 'A1' }) })).toBe(true);
    expect(stopsAfter('field sku=A1', { received: itemsBody({ sku: 'A2' }) })).toBe(false);
  });

  it('holds for bodies of JSON too', () => {
    const payload = sketchExchange({
      start: 0,
      method: 'POST',
      fields: [['Content-Type', 'application/json']],
      body: '{"cart":{"items":[{"sku":"A1"}]}}',
    });
    expect(parseCondition('field items.sku=A1', views).before(payload)).toBe(true);
    expect(parseCondition('field items.sku=A2', views).before(payload)).toBe(false);
  });
});
