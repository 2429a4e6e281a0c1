import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { LineCounter, parseDocument } from 'yaml';
import { DvrError } from '../errors/index.ts';
import { answerOf } from './short-worker.ts';

const limit = 1024 * 1024;

parentPort?.postMessage(
  await answerOf(() => {
    const path: unknown = workerData?.path;
    if (typeof path !== 'string') throw new TypeError('the worker was given no path');
    return parse(read(path), path);
  }),
);

function read(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new DvrError('config-invalid', `the configuration file cannot be read${code}`, {
      where: path,
      cause,
    });
  }
  if (text.length <= limit) return text;
  throw new DvrError('config-invalid', 'the configuration file is over 1 MiB', { where: path });
}

function parse(text: string, path: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new DvrError('config-invalid', error.message, { where: `${path}:${line}:${col}` });
  }
  return document.toJS({ maxAliasCount: 100 });
}
