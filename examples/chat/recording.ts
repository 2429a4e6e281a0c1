import { setTimeout as wait } from 'node:timers/promises';
import { customer } from '../checkout/customers.ts';
import { cli, freePort, start } from '../checkout/programs.ts';
import { answers, nextTape } from '../checkout/recording.ts';
import { changeOnesMind, Visitor } from './guests.ts';
import { chat } from './programs.ts';

export interface ChatRecordingSettings {
  /** For all programs: where tapes are kept, among others. */
  readonly env: Readonly<Record<string, string>>;
  /** The service's `--work`. */
  readonly work: number;
  /** Milliseconds from hearing one's own link to unsaying it. */
  readonly gapMs: number;
  /** How many guests may change their mind, one after the other, until the service fails one of them. */
  readonly tries: number;
  readonly onLog: (text: string) => void;
}

export interface ChatRecording {
  /** The codes with which the connections of those guests were closed; undefined where one was not. */
  readonly codes: readonly (number | undefined)[];
  /** The tape that this made, where it failed. */
  readonly tape: string | undefined;
}

const failed = 1011;

/**
 * Starts the chat and `dvr-cli record` before it, lets guests talk through the recorder, among them one who changes her
 * mind (and another, until the service fails one), and waits for the tape.
 */
export async function recordChat({
  env,
  work,
  gapMs,
  tries,
  onLog,
}: ChatRecordingSettings): Promise<ChatRecording> {
  await using service = start([chat, '--port', '0', '--work', String(work)], env, onLog);
  const target = /http\S+/.exec((await service.lines.next()).value ?? '')?.[0];
  if (target === undefined) throw new Error('the chat did not start');
  const port = await freePort();
  const flags = ['--tail', '300ms', '--json'];
  const args = [cli, 'record', '--target', target, '--listen', String(port), ...flags];
  await using recorder = start(args, env, onLog);
  const url = `http://127.0.0.1:${port}`;
  await answers(url);
  const listener = await Visitor.enter(url, 'tea', 'Ben', customer(1).token);
  const codes: (number | undefined)[] = [];
  while (codes.length < tries && !codes.includes(failed)) {
    const visitor = await Visitor.enter(
      url,
      'tea',
      `Ada ${codes.length + 1}`,
      customer(2 + codes.length).token,
    );
    // Far enough apart for a replay on a busy machine to keep their order.
    await wait(100);
    listener.send({ say: `hello, ${codes.length + 1}` });
    await visitor.hears('hello');
    await wait(100);
    codes.push(await changeOnesMind(visitor, `https://tea.example/${codes.length + 1}`, gapMs));
    visitor.leave();
  }
  const tape = codes.includes(failed) ? await nextTape(recorder.lines) : undefined;
  listener.leave();
  return { codes, tape };
}
