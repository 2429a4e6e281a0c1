import { describe, expect, test } from 'vitest';
import { parseLedgerUrl } from '../../ledger/ledger-url.ts';

describe("a ledger's URL", () => {
  test('names host, port, user, password, database and TLS', () => {
    expect(parseLedgerUrl('rediss://me:p%40ss@redis.example:7000/3')).toEqual({
      kind: 'redis',
      redis: { host: 'redis.example', port: 7000, tls: true, username: 'me', password: 'p@ss', database: 3 },
    });
    expect(parseLedgerUrl('redis://[::1]')).toMatchObject({
      redis: { host: '::1', port: 6379, database: 0 },
    });
    expect(parseLedgerUrl('memory:')).toEqual({ kind: 'memory' });
  });

  test.each(['', 'localhost:6379', 'http://x', 'redis://', 'redis://h/name', 'redis://u:s3cret%zz@h'])(
    'that is none (%s) is refused without showing it',
    (text) => {
      const refused = expect.objectContaining({
        code: 'url-invalid',
        message: expect.not.stringContaining('s3cret'),
      });
      expect(() => parseLedgerUrl(text)).toThrow(refused);
    },
  );
});
