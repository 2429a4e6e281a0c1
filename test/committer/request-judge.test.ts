import { describe, expect, test } from 'vitest';
import { KeyJudge } from '../../committer/request-judge.ts';
import { encodeCommitRequest } from '../../ledger/commit-request.ts';
import { generateKeyPair, parseOpeningKey, parseSealingKey, sealMessage } from '../../sealing/index.ts';

const place = '{shop/qa}:commits';
const [ours, theirs] = [generateKeyPair(), generateKeyPair()];
const content = encodeCommitRequest({
  ...{ trigger: 'on_status', fingerprint: 'GET / 500', detail: '500', instance: 'i', pod: 'p' },
  ...{ at: { process: 1, wallMs: 1 }, scope: 'tunnel' },
});
const sealed = (pem: string, bytes = content, at = place) =>
  sealMessage(bytes, at, parseSealingKey(pem, 'test'));

function world() {
  const told: string[] = [];
  const judge = new KeyJudge(place, parseOpeningKey(ours.privatePem, 'test'), 1000, {
    foreign: () => told.push('foreign'),
    dropped: () => told.push('dropped'),
  });
  const verdict = (bytes: Uint8Array, age = 0, entryId = '5000-0') =>
    judge.verdict({ entryId, takenAt: 5000, sealed: bytes }, 5000 + age);
  return { told, verdict };
}

describe('the judge of commit requests', () => {
  test('claims what was sealed for its key, however old', () => {
    expect(world().verdict(sealed(ours.publicPem), 1e9)).toBe('claim');
  });

  test('drops what is no sealed request, was sealed for another place, or holds none', () => {
    const { verdict } = world();
    const changed = sealed(ours.publicPem);
    changed[60]! ^= 1;
    const bad = [Buffer.from('noise'), Buffer.alloc(0), changed, sealed(ours.publicPem, content, 'else')];
    for (const bytes of [...bad, sealed(ours.publicPem, Buffer.from('{}'))])
      expect(verdict(bytes)).toBe('drop');
  });

  test('leaves what was sealed for another key as long as its window lasts, and tells it once', () => {
    const { verdict, told } = world();
    const foreign = sealed(theirs.publicPem);
    expect([verdict(foreign), verdict(foreign, 1000), verdict(foreign, 1001)]).toEqual([
      'leave',
      'leave',
      'drop',
    ]);
    expect(told).toEqual(['foreign']);
    verdict(foreign, 0, '5000-1');
    expect(told).toEqual(['foreign', 'foreign']);
  });
});
