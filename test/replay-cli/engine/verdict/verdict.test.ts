import { describe, expect, it } from 'vitest';
import type {
  Outcome,
  OverlapReport,
  PayloadResult,
  RecordedEnd,
  VerdictMark,
} from '../../../../replay-cli/engine/port.ts';
import { Findings } from '../../../../replay-cli/engine/verdict/findings.ts';
import { type Circumstances, reasonsFor } from '../../../../replay-cli/engine/verdict/reasons.ts';
import { outcomeClass, recordedClass } from '../../../../replay-cli/engine/verdict/status-class.ts';
import {
  type Conditions,
  unsentForVerdict,
  verdictOf,
} from '../../../../replay-cli/engine/verdict/verdict.ts';
import { grpcCodeName } from '../../../../tunnel/grpc-codes.ts';

const noOverlap: OverlapReport = {
  ...{ recorded: 0, kept: 0, lostCount: 0, lost: [] },
  ...{ movedCount: 0, moved: [], movedMostMs: 0 },
};

/** Payloads 1 and 2 (or others) that lost their overlap, which began at `began` on the tape. */
function lostAt(began: number, first = 2, second = 1): OverlapReport {
  const pair = { first, second };
  return { ...noOverlap, recorded: 3, lostCount: 2, lost: [pair], earliestLost: { ...pair, began } };
}
const recordedPace: Conditions = { timing: 'causal', speed: 1, overlap: noOverlap };

const answered = (status: number): Outcome => ({
  kind: 'response',
  head: { version: 'HTTP/1.1', status, reason: '', fields: [] },
  body: new Uint8Array(0),
  bodyDropped: 0,
  trailers: [],
});
const failed = (failure: 'reset' | 'closed' | 'refused' | 'timeout'): Outcome => ({
  kind: 'failure',
  failure,
});

function result(
  id: number,
  recorded: RecordedEnd,
  outcome: Outcome,
  more: Partial<PayloadResult> = {},
): PayloadResult {
  const was = recordedClass(recorded);
  return {
    id,
    over: { client: 'http1' },
    recorded,
    outcome,
    sentAt: 0,
    sendError: 0,
    headAt: 1,
    endAt: 1,
    replaced: [],
    unmet: 0,
    messageLateMs: 0,
    missing: [],
    differences: [],
    leftClass: was !== undefined && was !== outcomeClass(outcome),
    ...more,
  };
}

const mark = (
  exchange: number,
  outcome = '500',
  trigger: VerdictMark['trigger'] = 'on_status',
  detail?: string,
): VerdictMark => ({
  trigger,
  exchange,
  at: exchange * 100,
  fingerprint: `POST /pay ${outcome}`,
  ...(detail === undefined ? {} : { detail }),
});

function judge(
  marks: readonly VerdictMark[],
  results: readonly PayloadResult[],
  conditions: Partial<Conditions> = {},
) {
  const findings = new Findings(marks);
  for (const one of results) findings.take(one);
  return verdictOf(findings.found(), { ...recordedPace, ...conditions });
}

const fine = result(1, { status: 200 }, answered(200));

/** A call of HTTP status 200 that ended with a code. */
const called = (code: number): Outcome => ({
  ...(answered(200) as Extract<Outcome, { kind: 'response' }>),
  call: { code, name: grpcCodeName(code), message: 'why' },
});
const recordedCall = (code: number): RecordedEnd => ({
  status: 200,
  call: { code, name: grpcCodeName(code), message: '' },
});

describe('the verdict of a call', () => {
  const internal = mark(2, 'INTERNAL', 'on_grpc_status', 'INTERNAL (13)');

  it('is reproduced where it ended with the same code, and fixed where it is OK', () => {
    for (const trigger of ['on_grpc_status', 'on_status'] as const) {
      const marked = mark(2, 'INTERNAL', trigger, 'INTERNAL (13)');
      expect(judge([marked], [fine, result(2, recordedCall(13), called(13))]).kind).toBe('reproduced');
      expect(judge([marked], [fine, result(2, recordedCall(13), called(0))]).kind).toBe('fixed');
    }
  });

  it('is diverged where it ended with another code, or with none', () => {
    expect(judge([internal], [fine, result(2, recordedCall(13), called(14))])).toEqual({
      kind: 'diverged',
      at: 2,
      recorded: 'INTERNAL',
      replayed: 'UNAVAILABLE (14): why',
    });
    const unknown: Outcome = {
      ...(answered(200) as Extract<Outcome, { kind: 'response' }>),
      call: 'unknown',
    };
    expect(judge([internal], [fine, result(2, recordedCall(13), unknown)])).toMatchObject({
      kind: 'diverged',
      at: 2,
    });
  });

  it('is diverged at an earlier call that left the class of its code, whatever its HTTP status', () => {
    const failedNow = judge(
      [internal],
      [result(1, recordedCall(0), called(5)), result(2, recordedCall(13), called(13))],
    );
    expect(failedNow).toMatchObject({
      kind: 'diverged',
      at: 1,
      recorded: 'OK (0)',
      replayed: 'NOT_FOUND (5): why',
    });
    const stillRefused = result(1, recordedCall(5), called(6));
    expect(judge([internal], [stillRefused, result(2, recordedCall(13), called(13))]).kind).toBe(
      'reproduced',
    );
  });

  it('of a proxy that answered in its place is by the status that both have', () => {
    const marked = mark(2, '503');
    expect(judge([marked], [fine, result(2, { status: 503 }, answered(503))]).kind).toBe('reproduced');
  });
});

describe('the verdict', () => {
  it('is reproduced where the trigger ended as marked and nothing before it left its class', () => {
    const created = result(2, { status: 200 }, answered(204));
    const after = result(4, { status: 200 }, answered(500));
    expect(judge([mark(3)], [fine, created, result(3, { status: 500 }, answered(500)), after]).kind).toBe(
      'reproduced',
    );
  });

  it('is diverged at the first payload before the trigger that left its class, whatever the trigger did', () => {
    const left = result(2, { status: 200 }, answered(404));
    const verdict = judge([mark(3)], [result(3, { status: 500 }, answered(500)), left, fine]);
    expect(verdict).toEqual({ kind: 'diverged', at: 2, recorded: '200', replayed: '404' });
  });

  it.each([502, 404, 302])('is diverged at the trigger where it ended in %s', (status) => {
    expect(judge([mark(2)], [fine, result(2, { status: 500 }, answered(status))])).toMatchObject({
      kind: 'diverged',
      at: 2,
    });
  });

  it('is fixed where the trigger succeeded under recorded timing', () => {
    expect(judge([mark(2)], [fine, result(2, { status: 500 }, answered(201))]).kind).toBe('fixed');
    expect(judge([mark(2)], [result(2, { status: 500 }, answered(201))], { timing: 'absolute' }).kind).toBe(
      'fixed',
    );
  });

  it.each([
    ['timing fast', { timing: 'fast' }],
    ['speed 2', { speed: 2 }],
    ['payloads 1 and 2', { overlap: lostAt(50) }],
  ] as const)('is not reproduced, with the reason, where a success came with %s', (why, conditions) => {
    const verdict = judge([mark(2)], [result(2, { status: 500 }, answered(200))], conditions);
    expect(verdict).toMatchObject({ kind: 'not_reproduced', at: 2, why: expect.stringContaining(why) });
  });

  it('is not fixed where a message went out before an answer that had come before it on the tape', () => {
    const silent = result(2, recordedCall(13), called(0), { unmet: 1 });
    const marked = mark(2, 'INTERNAL', 'on_grpc_status', 'INTERNAL (13)');
    expect(judge([marked], [fine, silent])).toMatchObject({
      kind: 'not_reproduced',
      at: 2,
      failed: false,
      why: '1 message went out before an answer that had come before on the tape, first of payload 2',
    });
    const behind = result(3, { status: 200 }, answered(200), { unmet: 2 });
    const whole = result(2, recordedCall(13), called(0));
    expect(judge([marked], [fine, whole, behind]).kind).toBe('fixed');
    const before = { ...fine, unmet: 2 };
    expect(judge([marked], [whole, before])).toMatchObject({
      why: expect.stringMatching(/^2 messages .* 1$/),
    });
  });

  it('is not fixed where what overlapped up to the last trigger was sent too late', () => {
    const ok = result(2, { status: 500 }, answered(200));
    const late = (began: number) => ({ ...noOverlap, earliestLate: { id: 1, byMs: 54, began } });
    expect(judge([mark(2)], [ok], { overlap: late(100) })).toMatchObject({
      kind: 'not_reproduced',
      why: 'recorded timing was not kept: payload 1 was sent 54.0 ms late',
    });
    expect(judge([mark(2)], [ok], { overlap: late(201) }).kind).toBe('fixed');
    const again = result(2, { status: 500 }, answered(500));
    expect(judge([mark(2)], [again], { overlap: late(100) }).kind).toBe('reproduced');
  });

  it('is not fixed where a message of a stream up to the last trigger was sent too late', () => {
    const ok = (messageLateMs: number) => result(2, { status: 500 }, answered(200), { messageLateMs });
    expect(judge([mark(2)], [ok(10.5)])).toMatchObject({
      kind: 'not_reproduced',
      why: 'recorded timing was not kept: a message of payload 2 was sent 10.5 ms late',
    });
    expect(judge([mark(2)], [ok(9)]).kind).toBe('fixed');
    const behind = result(3, { status: 200 }, answered(200), { messageLateMs: 50 });
    expect(judge([mark(2)], [ok(0), behind]).kind).toBe('fixed');
  });

  it('is reproduced all the same where the failure came with such a message', () => {
    const again = result(2, recordedCall(13), called(13), { unmet: 1 });
    const marked = mark(2, 'INTERNAL', 'on_grpc_status', 'INTERNAL (13)');
    expect(judge([marked], [fine, again]).kind).toBe('reproduced');
  });

  it('is fixed all the same where only overlaps that began after the trigger had fired were lost', () => {
    const ok = result(2, { status: 500 }, answered(200));
    expect(judge([mark(2)], [ok], { overlap: lostAt(201, 2, 3) }).kind).toBe('fixed');
    expect(judge([mark(2)], [ok], { overlap: lostAt(199, 2, 3) })).toMatchObject({
      kind: 'not_reproduced',
      why: 'payloads 2 and 3 overlapped on the tape and did not here',
    });
  });

  describe('where a payload could not be sent,', () => {
    const unsent = (id: number, marks: readonly VerdictMark[], results: readonly PayloadResult[]) => {
      const findings = new Findings(marks);
      findings.skip({ kind: 'skipped', id: 9, why: 'it opens a tunnel' });
      findings.skip({ kind: 'skipped', id, why: 'its body is lost' });
      for (const one of results) findings.take(one);
      const found = findings.found();
      const verdict = verdictOf(found, recordedPace);
      return { verdict, unsent: unsentForVerdict(verdict, found)?.id };
    };
    const again = (id: number) => result(id, { status: 500 }, answered(500));
    const ok = (id: number) => result(id, { status: 500 }, answered(200));
    const why = (id: number) => `payload ${id} could not be sent: its body is lost`;

    it('neither a success nor a failure behind it shows anything', () => {
      expect(unsent(1, [mark(2)], [ok(2)])).toEqual({
        verdict: { kind: 'not_reproduced', at: 2, failed: false, why: why(1) },
        unsent: 1,
      });
      expect(unsent(1, [mark(2)], [again(2)])).toEqual({
        verdict: { kind: 'not_reproduced', at: 2, failed: true, why: why(1) },
        unsent: 1,
      });
    });

    it('and it is the one that was marked, it says so', () => {
      expect(unsent(2, [mark(2)], [fine]).verdict).toMatchObject({ kind: 'not_reproduced', why: why(2) });
    });

    it('the first mark decides what it could decide before, and the last one the rest', () => {
      expect(unsent(3, [mark(2), mark(4)], [again(2), again(4)])).toMatchObject({
        verdict: { kind: 'reproduced' },
        unsent: undefined,
      });
      expect(unsent(3, [mark(2), mark(4)], [ok(2), ok(4)])).toMatchObject({
        verdict: { kind: 'not_reproduced', why: why(3) },
        unsent: 3,
      });
      expect(unsent(5, [mark(2), mark(4)], [ok(2), ok(4)])).toMatchObject({
        verdict: { kind: 'fixed' },
        unsent: undefined,
      });
    });

    it('a tape without a mark was not replayed as asked', () => {
      expect(unsent(1, [], [])).toEqual({ verdict: { kind: 'unmarked' }, unsent: 1 });
    });
  });

  it('is diverged at a payload with a later mark that left its class before the first failed again', () => {
    const marks = [mark(5), mark(3)];
    const third = result(3, { status: 500 }, answered(200));
    const fifth = (status: number) => result(5, { status: 500 }, answered(status));
    expect(judge(marks, [third, fifth(500)])).toMatchObject({ kind: 'diverged', at: 3 });
    expect(judge(marks, [third, fifth(200)]).kind).toBe('fixed');
  });

  it('of several marks is reproduced by the first, and fixed by all', () => {
    const marks = [mark(2), mark(3)];
    const again = result(2, { status: 500 }, answered(500));
    const ok = result(2, { status: 500 }, answered(200));
    const thirdAgain = result(3, { status: 500 }, answered(500));
    const thirdOk = result(3, { status: 500 }, answered(200));
    expect(judge(marks, [again, thirdOk]).kind).toBe('reproduced');
    expect(judge(marks, [ok, thirdAgain])).toMatchObject({
      kind: 'not_reproduced',
      why: expect.stringContaining('payload 3'),
    });
    expect(judge(marks, [ok, thirdOk]).kind).toBe('fixed');
  });

  it('takes an answer that the client left, as on the tape, by the status of its head', () => {
    const left = (status: number): Outcome => ({
      kind: 'failure',
      failure: 'cancelled',
      head: { version: 'HTTP/2', status, reason: '', fields: [] },
    });
    const recorded: RecordedEnd = { status: 500, failure: 'client_rst' };
    expect(judge([mark(1)], [result(1, recorded, left(500))]).kind).toBe('reproduced');
    expect(judge([mark(1)], [result(1, recorded, left(200))]).kind).toBe('fixed');
    expect(judge([mark(1)], [result(1, recorded, left(404))]).kind).toBe('diverged');
    const unanswered: Outcome = { kind: 'failure', failure: 'cancelled' };
    expect(judge([mark(1)], [result(1, recorded, unanswered)]).kind).toBe('diverged');
    const marked = mark(1, 'INTERNAL', 'on_grpc_status', 'INTERNAL (13)');
    const call = result(1, recordedCall(13), left(200));
    expect(judge([marked], [call]).kind).toBe('diverged');
  });

  it('compares exceptions by their kind', () => {
    const reset = mark(1, 'exception:reset', 'on_exception', 'reset');
    const recorded: RecordedEnd = { failure: 'service_reset' };
    expect(judge([reset], [result(1, recorded, failed('reset'))]).kind).toBe('reproduced');
    expect(judge([reset], [result(1, recorded, failed('closed'))])).toMatchObject({
      kind: 'diverged',
      at: 1,
    });
    expect(judge([reset], [result(1, recorded, answered(200))]).kind).toBe('fixed');
  });

  it('compares timeouts by whether the answer was whole within the limit', () => {
    const slow = mark(1, 'timeout', 'on_timeout', '5s');
    const recorded: RecordedEnd = { status: 200 };
    expect(judge([slow], [result(1, recorded, answered(200), { endAt: 6000 })]).kind).toBe('reproduced');
    expect(judge([slow], [result(1, recorded, answered(200), { endAt: 100 })]).kind).toBe('fixed');
  });

  it.each([undefined, 'soon'])('shows nothing for a timeout whose limit is %s', (detail) => {
    const slow = mark(1, 'timeout', 'on_timeout', detail);
    for (const endAt of [100, 6000]) {
      expect(judge([slow], [result(1, { status: 200 }, answered(200), { endAt })])).toMatchObject({
        kind: 'not_reproduced',
        why: 'the mark of payload 1 does not say its limit, so its end tells nothing',
      });
    }
  });

  it('is not reproduced where the trigger was not replayed', () => {
    expect(judge([mark(2)], [fine])).toEqual({
      kind: 'not_reproduced',
      at: 2,
      failed: false,
      why: 'payload 2 was not replayed',
    });
  });

  it('is none where no trigger fired on a payload, unless one left its class', () => {
    expect(judge([], [fine]).kind).toBe('unmarked');
    expect(judge([], [fine, result(2, { status: 200 }, answered(500))])).toMatchObject({
      kind: 'diverged',
      at: 2,
    });
  });

  it('says nothing of payloads whose end the tape does not know', () => {
    const unknown = result(1, { failure: 'in_flight' }, answered(500));
    expect(judge([mark(2)], [unknown, result(2, { status: 500 }, answered(500))]).kind).toBe('reproduced');
  });
});

describe('the reasons', () => {
  const around: Circumstances = {
    ...recordedPace,
    unmet: 0,
    connections: { opened: 1, reopened: 0, extra: 0 },
    leftOut: [],
    gaps: [],
    environmentKnown: true,
    restores: 'nothing',
  };
  function reasons(results: readonly PayloadResult[], more: Partial<Circumstances> = {}) {
    const findings = new Findings([mark(9)]);
    for (const one of results) findings.take(one);
    const found = findings.found();
    return reasonsFor(verdictOf(found, recordedPace), found, { ...around, ...more }).map(({ text }) => text);
  }

  it('rank refused credentials before gaps and what was left out', () => {
    const refused = result(3, { status: 200 }, answered(401));
    const [first, second, third] = reasons([refused], {
      gaps: ['3 bytes (x)'],
      leftOut: ['2 payloads of other sessions'],
    });
    expect(first).toContain('401');
    expect(second).toContain('gaps');
    expect(third).toContain('other sessions');
  });

  it('name state that the service may have kept, where an answer differed before it diverged', () => {
    const items = { where: 'body.items', recorded: '1', replayed: '2' };
    const noise = { where: 'body.at', noise: 'date' as const };
    const [second, third, fifth] = [
      result(2, { status: 200 }, answered(200), { differences: [noise] }),
      result(3, { status: 200 }, answered(200), { differences: [noise, items] }),
      result(5, { status: 200 }, answered(409)),
    ];
    expect(reasons([fifth, third, second])).toEqual([
      'payload 3 differed already (body.items): perhaps the service kept state; restart it, or give --exec / --reset',
    ]);
    expect(reasons([fifth, third], { restores: 'service' })).toEqual([
      'payload 3 differed already (body.items): perhaps the service kept state; give --reset',
    ]);
    expect(reasons([fifth, third], { restores: 'all' })).toEqual([]);
  });

  it('put a lost overlap with the trigger first', () => {
    const overlap = lostAt(800, 2, 9);
    const carriesOld = result(9, { status: 500 }, answered(404), { missing: ['cookie sid'] });
    const [first, second] = reasons([carriesOld], { overlap });
    expect(first).toContain('2 of 3 overlaps were lost');
    expect(first).toContain('payloads 2 and 9');
    expect(second).toContain('payload 9 (cookie sid)');
  });

  it('are none where it reproduced', () => {
    expect(reasons([result(9, { status: 500 }, answered(500))], { gaps: ['3 bytes (x)'] })).toEqual([]);
  });
});
