import { expect, it } from 'vitest';
import { painter } from '../../../program/paint.ts';
import { fastDropsGaps } from '../../../replay-cli/engine/verdict/verdict.ts';
import type { ReplayOutcome } from '../../../replay-cli/replay-start/outcome.ts';
import { outcomeJson } from '../../../replay-cli/replay-start/outcome-json.ts';
import { outcomeText } from '../../../replay-cli/replay-start/outcome-text.ts';

const overlap = {
  ...{ recorded: 2, kept: 2, lostCount: 0, lost: [] },
  ...{ movedCount: 0, moved: [], movedMostMs: 0 },
};
const fixed: ReplayOutcome = {
  ...{ tape: 'tape-id-7889A-crash', target: 'http://localhost:8080', end: 'end' },
  conditions: { timing: 'causal', speed: 1 },
  verdict: { kind: 'fixed', at: 4, fingerprint: 'POST /pay 500' },
  ...{ reasons: [], scope: 4, sent: 4, received: 4, skipped: 0, unsent: undefined, replaced: 0, tookMs: 160 },
  sendErrors: { count: 4, p50: 0, p90: 0, p99: 0, max: 0 },
  messageLateMs: 0,
  overlap,
  over: { http1: 4, http2: 0, grpc: 0, websocket: 0 },
  ...{ asBytes: [], unmet: 0 },
  connections: { opened: 1, reopened: 0, extra: 0 },
  differences: { listed: [], count: 0, payloads: 0, noise: {} },
  ...{ leftOut: [], gaps: [] },
};
const firstLine = (outcome: ReplayOutcome) => outcomeText(outcome, painter(false)).split('\n')[0];

it('a fix is told with how far start gaps of overlapping payloads moved, where they did', () => {
  const told = 'Fixed: payload 4 succeeded where the tape has POST /pay 500';
  expect(firstLine(fixed)).toBe(told);
  const moved = {
    ...overlap,
    movedCount: 1,
    moved: [{ first: 2, second: 3, byMs: -7.25 }],
    movedMostMs: 7.25,
  };
  expect(firstLine({ ...fixed, overlap: moved })).toBe(`${told}; start gaps moved by up to 7.3 ms`);
});

it('what sent a call otherwise than expected is told, and messages that did not wait', () => {
  const asBytes = [{ why: 'its request has trailers', count: 2 }];
  const told = outcomeText({ ...fixed, asBytes, unmet: 1 }, painter(false));
  expect(told).toContain('Sent as recorded bytes, not by grpc-js: 2 calls, since its request has trailers\n');
  expect(told).toContain('Sent before an answer that had come before it on the tape: 1 message\n');
  expect(outcomeText(fixed, painter(false))).not.toContain('grpc-js');
});

it('a failure that came again is told with the messages that did not wait', () => {
  const verdict = { kind: 'reproduced', at: 4, fingerprint: 'POST /pay 500' } as const;
  const told = 'Reproduced: payload 4 failed as recorded (POST /pay 500)';
  expect(firstLine({ ...fixed, verdict })).toBe(told);
  expect(firstLine({ ...fixed, verdict, unmet: 2 })).toBe(
    `${told}, though 2 messages went out before an answer that had come before on the tape`,
  );
});

it('a fix is told with how much else differs, for people and in JSON', () => {
  const differences = { listed: [], count: 3, payloads: 1, noise: { date: 2 } };
  expect(firstLine({ ...fixed, differences })).toMatch(/500; 3 differences in 1 payload$/);
  expect(JSON.parse(outcomeJson({ ...fixed, differences }))).toMatchObject({
    verdict: 'fixed',
    difference_count: 3,
    difference_payloads: 1,
  });
});

it('no verdict does not claim that a payload kept its class which could not be sent', () => {
  const unsent = { kind: 'skipped', id: 2, why: 'it opens a tunnel' } as const;
  const outcome: ReplayOutcome = { ...fixed, verdict: { kind: 'unmarked' }, skipped: 1, unsent };
  expect(firstLine(outcome)).toContain(
    'every payload that was sent kept its status class, and payload 2 could not be: it opens a tunnel',
  );
});

it('what was sent over 10 ms late stands in the verdict, where timing was to be kept', () => {
  const late = { ...fixed, sendErrors: { ...fixed.sendErrors, max: 54 } };
  expect(firstLine(late)).toMatch(/; sent up to 54\.0 ms late$/);
  expect(firstLine({ ...fixed, messageLateMs: 12.34 })).toMatch(/; sent up to 12\.3 ms late$/);
  expect(firstLine({ ...fixed, messageLateMs: 9 })).not.toContain('late');
  expect(firstLine({ ...late, conditions: { timing: 'fast', speed: 1 } })).not.toContain('late');
});

it('without gaps no fix is shown, and the verdict says why', () => {
  const verdict = { kind: 'not_reproduced', at: 4, failed: false, why: fastDropsGaps } as const;
  expect(firstLine({ ...fixed, conditions: { timing: 'fast', speed: 1 }, verdict })).toBe(
    'Not reproduced; this shows no fix, since `fast` drops the recorded gaps',
  );
});
