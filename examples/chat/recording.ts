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
  /** How many times a guest may change her mind, until the service fails her. */
  readonly tries: number;
  readonly onLog: (text: string) => void;
}

export interface ChatRecording {
  /** The codes with which her connections were closed; undefined where one was not. */
  readonly codes: readonly (number | undefined)[];
  /** The tape that this made, where it failed. */
  readonly tape: string | undefined;
}

const failed = 1011;

/**
 * Lets guests talk in a chat before which `dvr-cli record` stands, among them one who changes her mind, and waits for the
 * tape. Where the service was lucky, all begins anew: on a tape with several tries a replay would meet the moment in the
 * first of them, which was none when it was recorded.
 */
export async function recordChat(settings: ChatRecordingSettings): Promise<ChatRecording> {
  const codes: (number | undefined)[] = [];
  let tape: string | undefined;
  while (codes.length < settings.tries && !codes.includes(failed)) {
    const recorded = await recordOnce(settings, codes.length + 1);
    codes.push(recorded.code);
    tape = recorded.tape;
  }
  return { codes, tape };
}

/** One try, with a service and a recorder of its own. */
async function recordOnce(
  { env, work, gapMs, onLog }: ChatRecordingSettings,
  number: number,
): Promise<{ readonly code: number | undefined; readonly tape: string | undefined }> {
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
  const visitor = await Visitor.enter(url, 'tea', 'Ada', customer(1 + number).token);
  // Far enough apart for a replay on a busy machine to keep their order.
  await wait(100);
  listener.send({ say: 'hello' });
  await visitor.hears('hello');
  await wait(100);
  const code = await changeOnesMind(visitor, `https://tea.example/${number}`, gapMs);
  visitor.leave();
  const tape = code === failed ? await nextTape(recorder.lines) : undefined;
  listener.leave();
  return { code, tape };
}
