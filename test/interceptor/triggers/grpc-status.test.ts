import { describe, expect, test } from 'vitest';
import { triggerOf } from '../../../interceptor/triggers/index.ts';
import { callFingerprint } from '../../../tape/fingerprint.ts';
import { grpcCodeNames } from '../../../tunnel/grpc-codes.ts';

const codes = grpcCodeNames.map((_, code) => code);
const firedBy = (config: Parameters<typeof triggerOf>[0]) =>
  codes.filter((code) => triggerOf(config).onGrpcStatus?.(code) !== undefined);

describe('on_grpc_status', () => {
  test('fires on its codes and on no other', () => {
    expect(firedBy({ kind: 'on_grpc_status', codes: [5, 13] })).toEqual([5, 13]);
  });

  test('tells the code by its name, and by both as the detail', () => {
    const trigger = triggerOf({ kind: 'on_grpc_status', codes: [13] });
    expect(trigger.onGrpcStatus?.(13)).toEqual({ outcome: 'INTERNAL', detail: 'INTERNAL (13)' });
    expect(trigger.onStatus).toBeUndefined();
  });
});

describe('on_status', () => {
  test.each([
    [
      [500, 500],
      ['UNKNOWN', 'INTERNAL', 'DATA_LOSS'],
    ],
    [[503, 503], ['UNAVAILABLE']],
    [[504, 504], ['DEADLINE_EXCEEDED']],
    [
      [500, 599],
      ['UNKNOWN', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'],
    ],
    [[501, 502], []],
    [[400, 499], []],
  ] as const)('%j fires on %j of gRPC', ([from, to], names) => {
    const fired = firedBy({ kind: 'on_status', ranges: [[from, to]] });
    expect(fired.map((code) => grpcCodeNames[code])).toEqual(names);
  });

  test('has the name of the code in the fingerprint, not the status that it stands for', () => {
    const trigger = triggerOf({ kind: 'on_status', ranges: [[500, 599]] });
    expect(trigger.onGrpcStatus?.(14)).toEqual({ outcome: 'UNAVAILABLE', detail: 'UNAVAILABLE (14)' });
  });
});

test('the fingerprint of a call keeps the name of its method whole', () => {
  expect(callFingerprint('POST', '/payments.v2.PaymentService/Charge', 'INTERNAL')).toBe(
    'POST /payments.v2.PaymentService/Charge INTERNAL',
  );
});
