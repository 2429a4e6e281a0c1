import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../parts/needs.ts';
import { usePostgres } from '../parts/postgres.ts';
import { freePort } from '../parts/server.ts';
import { hashOfRows, visitBank, visitLength } from './bank-visitor.ts';
import { Running, run, start } from './running.ts';

const bank = join(import.meta.dirname, 'fixtures', 'bank.ts');
const resetBank = join(import.meta.dirname, 'fixtures', 'reset-bank.ts');
const jumps = 20;
const walkDeadlineMs = 300_000;

/** Where to go: back by one, or to a payload; and how many payloads to send there. */
const jump = fc.record({
  to: fc.option(fc.integer({ min: 1, max: visitLength }), { nil: 'back' as const, freq: 3 }),
  sends: fc.integer({ min: 0, max: 2 }),
});

describe('step mode on a service with rows in PostgreSQL', needs('postgres'), () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof usePostgres>>;
  let environment: NodeJS.ProcessEnv;
  let tape: string;
  /** The hash of all rows before payload 1 and after each payload, as they were when the tape was recorded. */
  let recorded: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dvr-bank-'));
    database = await usePostgres();
    environment = {
      DATABASE_URL: database.url,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    tape = await record();
    const fetched = await run(environment, 'dvr-cli', 'fetch', tape);
    expect(fetched.code, fetched.stderr).toBe(0);
  });

  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function record(): Promise<string> {
    await using reset = new Running([process.execPath, resetBank], environment);
    expect(await reset.exitCode(), reset.stderr).toBe(0);
    await using service = new Running([process.execPath, bank, '0'], environment);
    const [, port] = await service.printed('stdout', /"port":(\d+)/);
    const target = `http://127.0.0.1:${port}`;
    await using recording = start(environment, 'dvr-cli', 'record', '--target', target, '--listen', '0');
    const [, relayed] = await recording.printed('stderr', /recording: port (\d+)/);
    recorded = await visitBank(`http://127.0.0.1:${relayed}`, database.url);
    const [id] = await recording.printed('stdout', /tape-id-[0-9A-Z]+-crash/);
    return id;
  }

  async function stepping(...flags: string[]): Promise<Steps> {
    const port = await freePort();
    const running = start(
      environment,
      'dvr-cli',
      ...['replay', 'start', '--target', `http://127.0.0.1:${port}`, '--tape', tape, '--step-mode', '--json'],
      ...['--exec', `"${process.execPath}" "${bank}" ${port}`, '--env', 'DATABASE_URL', '--fast-forward'],
      ...flags,
    );
    return new Steps(running);
  }

  const withReset = ['--reset', `"${process.execPath}" "${resetBank}"`];

  it('has other rows after each payload but the last, which only reads', () => {
    expect(new Set(recorded).size).toBe(visitLength);
    expect(recorded.at(-1)).toBe(recorded.at(-2));
  });

  it(
    `has the recorded rows, by hash, after each of ${jumps} random jumps and each payload sent there`,
    async () => {
      await using steps = await stepping(...withReset);
      const at = async (sent: number) => {
        expect(await hashOfRows(database.url), `after payload ${sent}`).toBe(recorded[sent]);
      };
      let sent = 0;
      for (; sent < 5; ) {
        await steps.next();
        await at(++sent);
      }
      let equal = 0;
      for (const { to, sends } of fc.sample(jump, { numRuns: jumps, seed: 20_261_121 })) {
        const next = to === 'back' ? Math.max(sent, 1) : to;
        await steps.go(to === 'back' && sent > 0 ? 'back' : `goto ${next}`, next);
        sent = next - 1;
        if ((await hashOfRows(database.url)) === recorded[sent]) equal++;
        for (let more = 0; more < sends && sent < visitLength; more++) {
          await steps.next();
          await at(++sent);
        }
      }
      expect(equal).toBe(jumps);
    },
    walkDeadlineMs,
  );

  it('has other rows after going back without --reset', async () => {
    await using reset = new Running([process.execPath, resetBank], environment);
    await reset.exitCode();
    await using steps = await stepping();
    await steps.next();
    await steps.next();
    expect(await hashOfRows(database.url)).toBe(recorded[2]);
    await steps.go('back', 2);
    expect(await hashOfRows(database.url)).not.toBe(recorded[1]);
  });
});

/** A step mode that is typed to, one command after the other. */
class Steps implements AsyncDisposable {
  readonly #running: Running;
  readonly #seen = { received: 0, cursor: 0 };

  constructor(running: Running) {
    this.#running = running;
  }

  /** Sends the next payload and waits for its answer. */
  async next(): Promise<void> {
    this.#running.write('next');
    await this.#another('received', '');
  }

  /** Goes back or to a payload, and waits until it is said that payload `next` is next. */
  async go(command: string, next: number): Promise<void> {
    this.#running.write(command);
    await this.#another('cursor', `,"next":${next},"state":"restored"`);
  }

  async #another(event: 'received' | 'cursor', rest: string): Promise<void> {
    const before = `(?:"event":"${event}"[^]*?){${this.#seen[event]++}}`;
    await this.#running.printed('stdout', new RegExp(`^[^]*?${before}"event":"${event}"${rest}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.endInput();
    await this.#running.exitCode();
    await this.#running[Symbol.asyncDispose]();
  }
}
