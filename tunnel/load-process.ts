import { isRecord } from '../program/json.ts';
import { answerParent } from '../program/short-process.ts';
import { defaultTunnel, loadTunnel } from './load.ts';

/** Answers `{text, path}` of a file, or `{name}` for the defaults, with the tunnel as `validated.ts` reads it. */
answerParent((input) => {
  const task: unknown = input;
  if (!isRecord(task)) throw new TypeError('the process was given no task');
  const { text, path, name } = task;
  if (typeof name === 'string') return defaultTunnel(name);
  if (typeof text === 'string' && typeof path === 'string') return loadTunnel(text, path);
  throw new TypeError('the process was given no tunnel');
});
