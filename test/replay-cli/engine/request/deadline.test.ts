import { describe, expect, it } from 'vitest';
import { withDeadline } from '../../../../replay-cli/engine/request/deadline.ts';
import type { HeaderField } from '../../../../tape/exchange.ts';
import { callExchange } from '../client/grpc/call-sketch.ts';

function request(...metadata: HeaderField[]) {
  const { exchange, requestBody } = callExchange({ start: 0, sent: [[0, 'x']], metadata });
  return { message: exchange.request, body: requestBody };
}

function timeoutOf({ message }: ReturnType<typeof request>): string | undefined {
  return message.head.fields.find(([name]) => name === 'grpc-timeout')?.[1];
}

describe('the deadline of a call', () => {
  const recorded = request(['grpc-timeout', '200m'], ['x-tenant', 'a']);

  it('goes as it was recorded, also when recorded time is shortened', () => {
    for (const speed of [1, 4]) {
      const sent = withDeadline(recorded, { speed, stepping: false });
      expect(sent).toEqual({ request: recorded, replaced: [], deadlineMs: 200 });
    }
  });

  it('is drawn out as recorded time is', () => {
    const sent = withDeadline(recorded, { speed: 0.5, stepping: false });
    expect(timeoutOf(sent.request)).toBe('400m');
    expect(sent.deadlineMs).toBe(400);
    expect(sent.replaced).toEqual([
      { where: 'header grpc-timeout', old: '200m', value: '400m', by: { kind: 'pace' } },
    ]);
  });

  it('has no more digits than gRPC allows', () => {
    const sent = withDeadline(request(['grpc-timeout', '99999S']), { speed: 0.5, stepping: false });
    expect(timeoutOf(sent.request)).toBe('199998S');
  });

  it('is left out where a person steps, and that is told', () => {
    const sent = withDeadline(recorded, { speed: 1, stepping: true });
    expect(timeoutOf(sent.request)).toBeUndefined();
    expect(sent.request.message.head.fields).toContainEqual(['x-tenant', 'a']);
    expect(sent.deadlineMs).toBeUndefined();
    expect(sent.replaced).toHaveLength(1);
  });

  it('is nothing of a request that is no call, or has a value that is none', () => {
    const odd = request(['grpc-timeout', '5 s']);
    expect(withDeadline(odd, { speed: 0.5, stepping: true })).toEqual({ request: odd, replaced: [] });
  });
});
