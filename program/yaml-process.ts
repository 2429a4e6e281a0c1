import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { DvrError } from '../errors/index.ts';
import { answerParent } from './short-process.ts';

const limit = 1024 * 1024;

/** Answers the path of a YAML file with what it holds. */
answerParent((input) => {
  if (typeof input !== 'object' || input === null || !('path' in input) || typeof input.path !== 'string') {
    throw new TypeError('the process was given no path');
  }
  return parse(read(input.path), input.path);
});

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
