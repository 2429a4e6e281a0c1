import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { RunEnd } from '../replay-cli/engine/port.ts';
import type { TapeReplay } from '../replay-cli/engine/replay.ts';
import { Tally } from '../replay-cli/replay-start/tally.ts';
import { replayOf } from '../test/replay-cli/engine/replay-of.ts';
import type { ExchangeSketch } from '../test/tape/make-tape.ts';

const help = `node bench/replay-timing.ts [--payloads N] [--rate N]

Replays a tape to an echo in another process that takes as long as recorded, and prints how late payloads were sent and
which overlaps were kept. Sessions have eight requests on two connections, every second one in the midst of another.
`;

const { values } = parseArgs({
  options: {
    payloads: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '400' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(help);
else await bench(Number(values.payloads), Number(values.rate));

async function bench(payloads: number, rate: number): Promise<void> {
  const echo = fork(new URL('./echo.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [port] = await once(echo, 'message');
    const trip = await measureTrip(Number(port));
    process.stdout.write(`an answer takes ${trip.toFixed(3)} ms beside what the echo waits\n`);
    await using replay = await openAgainst(Number(port), sessions(payloads, rate, trip));
    const tally = new Tally([]);
    replay.listen((event) => tally.take(event));
    const end = await replay.run({ from: 1, timing: 'causal', speed: 1, awaitResults: true });
    print(tally, end);
  } finally {
    echo.kill();
  }
}

/** Milliseconds that an answer takes beside what the echo waits, so that the tape's durations have it as well. */
async function measureTrip(port: number): Promise<number> {
  await using replay = await openAgainst(port, sessions(800, 100, 0));
  const trips: number[] = [];
  replay.listen((event) => {
    if (event.kind !== 'sent') return;
    const after = Number(event.target.split('=').at(-1));
    event.result.then(({ sentAt, endAt }) => trips.push(endAt - sentAt - after));
  });
  await replay.run({ from: 1, timing: 'causal', speed: 1, awaitResults: true });
  return trips.toSorted((a, b) => a - b)[trips.length >> 1] ?? 0;
}

function openAgainst(port: number, sketches: Iterable<ExchangeSketch>): Promise<TapeReplay> {
  const target = { tls: false, host: '127.0.0.1', port, url: `http://127.0.0.1:${port}` };
  const inOrder = [...sketches].toSorted((a, b) => (a.end ?? 0) - (b.end ?? 0));
  return replayOf(inOrder, target, { output: process.stderr });
}

/**
 * Requests start within the first 3 ms of a span of 10 ms, and answers end from 5 to 8 ms in it: so every overlap, and
 * every gap, is at least 2 ms wide, and what jitter there is does not decide which overlaps there are.
 */
function* sessions(payloads: number, rate: number, trip: number): Generator<ExchangeSketch> {
  for (let number = 0; number < payloads; number++) {
    const session = Math.floor(number / 8);
    const step = number % 8;
    const pair = Math.floor(step / 2);
    const begin = Math.round((session * 8 * 100) / rate) * 10 + pair * 120 + ((session * 37) % 29) / 10;
    const start = step % 2 === 0 ? begin : begin + 10 * (1 + (session % 4)) + 0.05;
    const length = 45 + 10 * ((number * 7) % 4);
    yield {
      start,
      end: start + length + trip,
      session: `session-${session}`,
      connection: session * 2 + (step % 2),
      message: pair,
      target: `/carts/${session}/items?after=${length}`,
      responseFields: [],
    };
  }
}

function print(tally: Tally, { sent, overlap }: RunEnd): void {
  const { p50, p90, p99, max } = tally.sendErrors();
  const ms = (value: number) => `${value.toFixed(3)} ms`;
  const lines = [
    `${sent} payloads, ${tally.received} answered`,
    `send error   p50 ${ms(p50)}   p90 ${ms(p90)}   p99 ${ms(p99)}   max ${ms(max)}`,
    `overlaps     ${overlap.kept} of ${overlap.recorded} kept   start gaps moved by over 1 ms: ${overlap.movedCount}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
