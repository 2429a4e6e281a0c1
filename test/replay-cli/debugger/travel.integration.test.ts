import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TargetAddress } from '../../../program/address.ts';
import type { ExchangeSketch } from '../../tape/make-tape.ts';
import { deadPort, targetAt } from '../engine/service-under-test.ts';
import { stepping } from './stepping.ts';

const service = join(import.meta.dirname, 'fixtures', 'counting-service.ts');
const tape: readonly ExchangeSketch[] = ['/a', '/b', '/c', '/d'].map((target, index) => ({
  start: index * 15,
  target,
  message: index,
  session: 's',
}));

let folder: string;
let target: TargetAddress;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-travel-'));
  target = targetAt(await deadPort());
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The whole state of the service. */
function state(): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(`${target.url}/hash`, { agent: false }, (response) =>
      text(response).then(resolve, reject),
    );
    request.on('error', reject);
  });
}

async function session(options: { reset?: boolean; fastForward?: boolean } = {}) {
  const database = join(folder, 'state.sqlite');
  return stepping(tape, target, {
    step: { resets: options.reset ?? true, fastForward: options.fastForward ?? false },
    replay: {
      exec: {
        command: [
          process.execPath,
          '--disable-warning=ExperimentalWarning',
          service,
          `${target.port}`,
          database,
        ],
        readiness: { kind: 'tcp' },
        readyWithinMs: 20_000,
      },
      ...(options.reset === false ? {} : { reset: ['rm', '-f', database] }),
      environment: { PATH: process.env.PATH ?? '' },
    },
  });
}

/** From the end of the tape: what is typed, which payload is next by that, and what is said to happen on the way. */
const journey = [
  ['back', 4, 'starting the service anew, sending payloads 1, 2 and 3 again'],
  ['back', 3, 'starting the service anew, sending payloads 1 and 2 again'],
  ['back', 2, 'starting the service anew, sending payload 1 again'],
  ['goto 3', 3, 'sending payload 2'],
  ['goto 1', 1, 'starting the service anew'],
  ['goto 4', 4, 'sending payloads 1, 2 and 3'],
] as const;

describe('with --exec and --reset', () => {
  test.each([false, true])(
    'back and goto bring the same state, every time (fast-forward %s)',
    async (fastForward) => {
      const steps = await session({ fastForward });
      const states: string[] = [];
      for (const _ of tape) {
        states.push(await state());
        steps.type('next');
        await steps.saw(`(Payload ID: ${states.length})\n[Received] 200 OK\n`);
      }
      states.push(await state());
      for (const [command, id, way] of journey) {
        steps.type(command);
        await steps.saw(`dvr> ${command}\nOn the way to payload ${id}: ${way}.\nPayload ${id} is next.\n`);
        expect(await state()).toBe(states[id - 1]);
      }
      steps.type('restart');
      await steps.saw('dvr> restart\nPayload 1 is next.\n');
      expect(await state()).toBe(states[0]);
      const out = await steps.end();
      expect(out).not.toContain('did not move');
    },
  );
});

describe('without --reset', () => {
  test('what lies behind the service stays as it is: the same payloads add to it again', async () => {
    const steps = await session({ reset: false });
    steps.type('next 2');
    await steps.saw('(Payload ID: 2)\n[Received] 200 OK\n');
    const before = await state();
    steps.type('back');
    await steps.saw('Payload 2 is next.');
    expect(await state()).not.toBe(before);
    expect(await state()).toContain('/a/b/a');
    await steps.end();
  });
});
