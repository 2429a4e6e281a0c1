import { type ChildProcess, fork } from 'node:child_process';
import { DvrError, type DvrErrorDetails, type ErrorCode } from '../errors/index.ts';

/** What a short process answers, once. */
type Answer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly error: { code: ErrorCode; message: string; hint?: string; where?: string };
    };

const deadlineMs = 15_000;

/**
 * Runs the module at `url` in a process of its own, which answers `input` and ends: what it loads (parsers, schemas)
 * leaves memory with it. A worker thread does not serve for this: it left 33 MB of resident memory behind after it had
 * ended, against under 2 MB for a process (Node 24.21, 2026-11-21).
 * Throws the module's `DvrError`, or an `Error` for a defect in it.
 */
export async function askShortProcess(url: URL, input: object): Promise<unknown> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(url, {
    env,
    execArgv: ['--max-old-space-size=512'],
    // Its stderr would show the text that a defect choked on.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    child.send(input);
    const answer = await answerFrom(child);
    if (answer.ok) return answer.value;
    const { code, message, hint, where } = answer.error;
    throw new DvrError(code, message, definedOnly(hint, where));
  } finally {
    child.kill('SIGKILL');
  }
}

/** The other side: in a module that `askShortProcess` runs, answers with what `work` makes of the input. */
export function answerParent(work: (input: unknown) => unknown): void {
  process.once('message', async (input) => {
    process.send?.(await answerOf(() => work(input)), () => process.disconnect());
  });
}

function answerFrom(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`the process gave no answer in ${deadlineMs} ms`)),
      deadlineMs,
    );
    child.once('message', (answer: Answer) => {
      clearTimeout(late);
      resolve(answer);
    });
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(late);
      reject(new Error(`the process ${why}`, { cause }));
    };
    child.once('error', (cause) => fail('could not be started', cause));
    child.once('exit', (code, signal) => fail(`ended (${code ?? signal}) and gave no answer`));
  });
}

async function answerOf(work: () => unknown): Promise<Answer> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    if (!(thrown instanceof DvrError)) throw thrown;
    const { code, message, hint, where } = thrown;
    return { ok: false, error: { code, message, ...definedOnly(hint, where) } };
  }
}

function definedOnly(
  hint: string | undefined,
  where: string | undefined,
): Pick<DvrErrorDetails, 'hint' | 'where'> {
  return { ...(hint === undefined ? {} : { hint }), ...(where === undefined ? {} : { where }) };
}
