import { describe, expect, test } from 'vitest';
import { type CommitRequest, encodeCommitRequest } from '../../ledger/commit-request.ts';
import { parseCommitRequest } from '../../ledger/parse-commit-request.ts';

const request: CommitRequest = {
  trigger: 'on_status',
  fingerprint: 'POST /pay 500',
  detail: '500',
  instance: '00112233aabbccdd',
  pod: 'shop-1',
  connection: 4,
  message: 2,
  at: { process: 123, wallMs: 1_700_000_000_000.5 },
  scope: 'session',
  session: 'secret-value',
};

describe('a commit request', () => {
  test('reads back as it was written, with and without its optional fields', () => {
    const { connection: _, message: __, session: ___, ...manual } = request;
    for (const written of [request, manual]) {
      expect(parseCommitRequest(encodeCommitRequest(written))).toEqual(written);
    }
  });

  test('with a field that is unknown, missing or wrong is refused by the field, never showing a value', () => {
    const wrong = [
      { ...request, extra: 1 },
      { ...request, connection: -1 },
      { ...request, scope: 'secret-value' },
      { ...request, at: undefined },
    ];
    for (const written of wrong) {
      const bytes = Buffer.from(JSON.stringify({ format: 1, ...written }));
      const refused = expect.objectContaining({
        code: 'sealed-unreadable',
        message: expect.not.stringContaining('secret-value'),
      });
      expect(() => parseCommitRequest(bytes)).toThrow(refused);
    }
    expect(() => parseCommitRequest(Buffer.from('{'))).toThrow(/JSON/);
  });

  test('of format 1 is read as it is', () => {
    const bytes = Buffer.from(JSON.stringify({ ...request, format: 1 }));
    expect(parseCommitRequest(bytes)).toEqual(request);
  });

  test('of another format is refused', () => {
    const bytes = Buffer.from(JSON.stringify({ ...request, format: 3 }));
    expect(() => parseCommitRequest(bytes)).toThrow(/format/);
  });
});
