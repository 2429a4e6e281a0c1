import { parentPort, workerData } from 'node:worker_threads';
import { answerOf } from '../program/short-worker.ts';
import { defaultTunnel, loadTunnel } from './load.ts';

/** `{text, path}` of a file, or `{name}` for the defaults; gives the tunnel as `validated.ts` reads it. */
const task: { readonly text: string; readonly path: string } | { readonly name: string } = workerData;

parentPort?.postMessage(
  await answerOf(() => ('name' in task ? defaultTunnel(task.name) : loadTunnel(task.text, task.path))),
);
