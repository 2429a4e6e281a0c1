import { setTimeout as wait } from 'node:timers/promises';
import { buyInAHurry, buyOneByOne, customer } from './customers.ts';
import { cli, freePort, service, start } from './programs.ts';

export interface RecordingSettings {
  /** For all programs: where tapes are kept, among others. */
  readonly env: Readonly<Record<string, string>>;
  /** The service's `--work`. */
  readonly work: number;
  /** Milliseconds from Add Item to Apply Discount of the customer in a hurry. */
  readonly gapMs: number;
  /** Sessions of other customers, half before and half after. */
  readonly others: number;
  /** How many customers in a hurry may come, one after the other, until one of them fails. */
  readonly hurried: number;
  readonly onLog: (text: string) => void;
}

export interface Recording {
  /** What the payments of the customers in a hurry were answered with. */
  readonly statuses: readonly number[];
  /** The tape that this made, where it failed. */
  readonly tape: string | undefined;
}

const atOnce = 3;
const tapeDeadlineMs = 20_000;

/**
 * Starts the checkout and `dvr-cli record` before it, lets customers in through the recorder, among them one who is in
 * a hurry (and another, until one fails), and waits for the tape of the one that failed.
 */
export async function record({
  env,
  work,
  gapMs,
  others,
  hurried,
  onLog,
}: RecordingSettings): Promise<Recording> {
  await using checkout = start([service, '--port', '0', '--work', String(work)], env, onLog);
  const target = /http\S+/.exec((await checkout.lines.next()).value ?? '')?.[0];
  if (target === undefined) throw new Error('the checkout did not start');
  const port = await freePort();
  const flags = ['--session-cookie', 'sid', '--scope', 'session', '--tail', '300ms', '--json'];
  await using recorder = start(
    [cli, 'record', '--target', target, '--listen', String(port), ...flags],
    env,
    onLog,
  );
  const url = `http://127.0.0.1:${port}`;
  await answers(url);
  const queue = new Queue(url, others);
  await queue.letInSeveral(Math.floor(others / 2));
  // One goes on shopping beside the one in a hurry.
  const beside = queue.letIn(Math.max(0, queue.length - 5));
  const statuses: number[] = [];
  for (let tries = 0; tries < hurried && !statuses.includes(500); tries++) {
    statuses.push(await buyInAHurry(url, customer(7_001 + tries), gapMs));
  }
  await beside;
  const tape = statuses.includes(500) ? nextTape(recorder.lines) : undefined;
  await queue.letInSeveral(0);
  return { statuses, tape: await tape };
}

/** Customers who take their time, before the door. */
class Queue {
  readonly #url: string;
  readonly #waiting: number[];

  constructor(url: string, length: number) {
    this.#url = url;
    this.#waiting = Array.from({ length }, (_, number) => number + 1);
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Lets one in after the other, at least one, as long as more than `until` wait. */
  async letIn(until: number): Promise<void> {
    for (
      let number = this.#waiting.shift();
      number !== undefined;
      number = this.length > until ? this.#waiting.shift() : undefined
    ) {
      await buyOneByOne(this.#url, customer(number), ['mug', 'tea', 'candle'][number % 3] ?? 'mug');
    }
  }

  /** Likewise, a few at once. */
  async letInSeveral(until: number): Promise<void> {
    const shoppers = Math.min(atOnce, this.length - until);
    await Promise.all(Array.from({ length: shoppers }, () => this.letIn(until)));
  }
}

/** The id of the next tape that `dvr-cli record --json` tells of; undefined where it does not for long. */
export async function nextTape(lines: AsyncIterator<string>): Promise<string | undefined> {
  const deadline = wait(tapeDeadlineMs, undefined, { ref: false });
  const line = await Promise.race([lines.next(), deadline]);
  if (line === undefined || line.done === true) return undefined;
  const told: { readonly tape?: string } = JSON.parse(line.value);
  return told.tape;
}

/** Waits until a service answers at `url`. */
export async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const ok = await fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await wait(50);
  }
  throw new Error(`nothing answers at ${url}`);
}
