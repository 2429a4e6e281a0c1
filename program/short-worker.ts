import { Worker } from 'node:worker_threads';
import { DvrError, type DvrErrorDetails, type ErrorCode } from '../errors/index.ts';

/** What a short-lived worker posts, once. */
export type WorkerAnswer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly error: {
        code: ErrorCode;
        message: string;
        hint: string | undefined;
        where: string | undefined;
      };
    };

const deadlineMs = 15_000;

/**
 * Runs the module at `url` in a worker thread with `input` as its `workerData`, and ends the thread as soon as it has
 * answered. What the worker imported (parsers, schemas) leaves memory with it.
 * Throws the worker's `DvrError`, or an `Error` for a defect in it.
 */
export async function askShortWorker(url: URL, input: unknown): Promise<unknown> {
  const worker = new Worker(url, { workerData: input, resourceLimits: { maxOldGenerationSizeMb: 512 } });
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`worker ended with ${code} and no answer`)));
      deadline.addEventListener('abort', () =>
        reject(new Error(`worker gave no answer in ${deadlineMs} ms`)),
      );
    });
    if (answer.ok) return answer.value;
    const { code, message, hint, where } = answer.error;
    throw new DvrError(code, message, definedOnly(hint, where));
  } finally {
    await worker.terminate();
  }
}

/** The other side: computes the answer and gives it in the form that `askShortWorker` reads. */
export async function answerOf(work: () => unknown): Promise<WorkerAnswer> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    if (!(thrown instanceof DvrError)) throw thrown;
    const { code, message, hint, where } = thrown;
    return { ok: false, error: { code, message, hint, where } };
  }
}

/** The URL of the worker module `name` beside the module at `base`: `.ts` in the sources, `.js` when built. */
export function besides(base: string, name: string): URL {
  return new URL(`./${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}

function definedOnly(hint: string | undefined, where: string | undefined): DvrErrorDetails {
  return { ...(hint === undefined ? {} : { hint }), ...(where === undefined ? {} : { where }) };
}
