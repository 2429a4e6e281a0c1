import { expect, test } from 'vitest';
import { marksOf, outcomeOf } from '../../../replay-cli/replay-start/outcome.ts';
import { Tally } from '../../../replay-cli/replay-start/tally.ts';
import type { Manifest } from '../../../tape/manifest.ts';
import { callExchange } from '../engine/client/grpc/call-sketch.ts';
import { type Answer, serveGrpc } from '../engine/client/grpc/grpc-service.ts';
import { replayOf } from '../engine/replay-of.ts';

const path = '/shop.v1.Carts/Add';
const fingerprint = `POST ${path} INTERNAL`;
const mark: Manifest['triggers'][number] = { trigger: 'on_grpc_status', at: 40e6, fingerprint, exchange: 1 };

/** Two messages were answered, and the third met a race. */
const race = callExchange({
  start: 0,
  sent: [
    [0, 'one'],
    [20, 'two'],
    [40, 'three'],
  ],
  requestEnd: 41,
  responseStart: 8,
  received: [
    [10, 'ack 1'],
    [30, 'ack 2'],
  ],
  code: 13,
  details: 'race',
  end: 45,
});

async function replayed(answer: Answer) {
  await using service = await serveGrpc({ [path]: answer });
  await using replay = await replayOf([race], service.target, {}, { triggers: [mark] });
  const tally = new Tally(marksOf(replay.manifest, () => true));
  replay.listen((event) => tally.take(event));
  const conditions = { timing: 'causal', speed: 1 } as const;
  const end = await replay.run({ from: 1, ...conditions, awaitResults: true });
  const parts = { replay, tally, end, target: service.target, conditions };
  return outcomeOf({ ...parts, environmentKnown: true, restores: 'nothing', tookMs: 0 }).verdict;
}

test.each<[string, Answer]>([
  [
    'reads all and answers nothing',
    ({ call }) => {
      call.on('end', () => call.end());
    },
  ],
  [
    'answers the first message alone',
    ({ call }) => {
      call.once('data', () => call.write(Buffer.from('ack 1')));
      call.on('end', () => call.end());
    },
  ],
])(
  'no fix is claimed for a service that %s and says OK',
  async (_, answer) => {
    expect(await replayed(answer)).toMatchObject({
      kind: 'not_reproduced',
      why: expect.stringContaining('before an answer that had come before on the tape'),
    });
  },
  20_000,
);

test('a service that answers each message and says OK is fixed', async () => {
  const echo: Answer = ({ call }) => {
    call.on('data', (message) => call.write(message));
    call.on('end', () => call.end());
  };
  expect(await replayed(echo)).toMatchObject({ kind: 'fixed' });
});
