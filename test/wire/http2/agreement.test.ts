import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Http2Connection } from '../../../wire/http2/connection.ts';
import { wantedNames } from '../../../wire/http2/core-names.ts';
import { runs } from '../../properties.ts';
import { type Captured, capture, plannedConnection, type Seen } from './node-traffic.ts';
import { follow, Log, pushAll, recut, type Segment } from './playbook.ts';

const allRuns = 60;
const wanted = wantedNames(['cookie']);

/** What the log says of one sender's part of a stream, as node:http2 tells it. */
function seenIn(entries: readonly string[], stream: number, sender: 'client' | 'service'): Seen {
  const head = sender === 'client' ? 'request' : 'response';
  const blocks = new RegExp(`^${stream} (?:${head} |trailers of ${sender} ).*?(\\[.*)$`, 's');
  const content = new RegExp(`^${stream} data of ${sender} (.*)$`, 's');
  const found = (pattern: RegExp): string[] => entries.flatMap((entry) => pattern.exec(entry)?.[1] ?? []);
  return {
    blocks: found(blocks).map((fields) => (JSON.parse(fields) as string[][]).flat()),
    body: found(content).join(''),
  };
}

function expectSame(entries: readonly string[], { requests, responses, resets, whole }: Captured): void {
  for (const [stream, seen] of requests) {
    const ours = seenIn(entries, stream, 'client');
    if (resets.has(stream)) {
      expect(ours.blocks[0]).toEqual(seen.blocks[0]);
      expect(ours.body.startsWith(seen.body)).toBe(true);
    } else expect(ours).toEqual(seen);
  }
  for (const [stream, seen] of responses) {
    const ours = seenIn(entries, stream, 'service');
    if (whole.has(stream)) expect(ours).toEqual(seen);
    else expect(ours.body.startsWith(seen.body)).toBe(true);
  }
}

describe('connections between a client and a server of node:http2', () => {
  it('decode to what both ends saw', async () => {
    await fc.assert(
      fc.asyncProperty(plannedConnection, async (plan) => {
        const captured = await capture(plan);
        const { log } = follow(captured.segments);
        expect(log.opaque).toBeUndefined();
        expectSame(log.entries, captured);
        for (const stream of captured.resets) {
          const ended = log.entries.filter((entry) => entry.startsWith(`${stream} reset by`));
          expect(ended.length).toBeLessThanOrEqual(1);
        }
      }),
      runs(allRuns),
    );
  });

  it('decode to the same wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        plannedConnection,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        async (plan, sizes) => {
          const { segments } = await capture(plan);
          const [whole, cut] = [follow(segments), follow(recut(segments, sizes))];
          expect(cut.log.entries).toEqual(whole.log.entries);
          expect(Buffer.from(cut.connection.encodeState())).toEqual(
            Buffer.from(whole.connection.encodeState()),
          );
        },
      ),
      runs(allRuns),
    );
  });

  it('decode to the same from the state at any segment on', async () => {
    await fc.assert(
      fc.asyncProperty(
        plannedConnection,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
        async (plan, sizes) => {
          const segments = [...recut((await capture(plan)).segments, sizes)];
          const whole = follow(segments);
          const last = Buffer.from(whole.connection.encodeState());
          const log = new Log();
          const running = new Http2Connection(log, { wanted, keepsAll: true });
          const step = Math.max(1, Math.floor(segments.length / 25));
          for (const [i, segment] of segments.entries()) {
            if (i % step === 0) expect(resumed(running, segments.slice(i), whole.log, log)).toEqual(last);
            pushAll(running, [segment]);
          }
        },
      ),
      runs(allRuns / 2),
    );
  });

  it('give the same tables and values to one that keeps all fields and to one that does not', async () => {
    await fc.assert(
      fc.asyncProperty(plannedConnection, async (plan) => {
        const { segments } = await capture(plan);
        const [all, lean] = [follow(segments), follow(segments, { keepsAll: false })];
        expect(lean.log.entries.map(withoutFields)).toEqual(all.log.entries.map(withoutFields));
        expect(Buffer.from(lean.connection.encodeState())).toEqual(Buffer.from(all.connection.encodeState()));
      }),
      runs(allRuns),
    );
  });
});

/** Goes on from the state at hand; what is told in all has to be what is told without that. Answers the last state. */
function resumed(running: Http2Connection<string>, rest: readonly Segment[], whole: Log, soFar: Log): Buffer {
  const state = Buffer.from(running.encodeState());
  const log = soFar.copy();
  const connection = Http2Connection.fromState(state, log, { wanted, keepsAll: true });
  if (connection === undefined) throw new Error('the state is none');
  expect(Buffer.from(connection.encodeState())).toEqual(state);
  pushAll(connection, rest);
  expect(log.entries).toEqual(whole.entries);
  return Buffer.from(connection.encodeState());
}

function withoutFields(entry: string): string {
  return entry.replace(/ \[.*$/, '');
}
