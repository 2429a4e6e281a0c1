import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { DvrError } from '../../errors/index.ts';
import { createLog } from '../../program/log.ts';
import type { LogOptions } from '../../program/log-sink.ts';

async function logged(
  options: Partial<LogOptions>,
  write: (log: ReturnType<typeof createLog>) => void,
): Promise<string> {
  const stream = new PassThrough();
  write(createLog({ level: 'info', name: 'dvr-test', stream, color: false, ...options }));
  stream.end();
  return text(stream);
}

describe('a log', () => {
  test('is one JSON object a line where no terminal is', async () => {
    const lines = await logged({}, (log) => {
      log.warn('something "odd"', { count: 3, absent: undefined });
      log.info('and more');
    });
    const objects = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(objects).toEqual([
      { level: 'warn', time, program: 'dvr-test', count: 3, msg: 'something "odd"' },
      { level: 'info', time, program: 'dvr-test', msg: 'and more' },
    ]);
  });

  test('is lines for people where they are asked for', async () => {
    const lines = await logged({ lines: true }, (log) =>
      log.warn('something', { count: 3, absent: undefined }),
    );
    expect(lines).toBe('warn  something count=3\n');
  });

  test('leaves out what is below its level, in either form', async () => {
    for (const lines of [true, false]) {
      expect(await logged({ lines, level: 'error' }, (log) => log.warn('something'))).toBe('');
      expect(await logged({ lines, level: 'silent' }, (log) => log.error('something'))).toBe('');
    }
  });

  test('tells errors for users in full, and others without a message that could hold payload', async () => {
    const lines = await logged({}, (log) => {
      log.fault('failed', new DvrError('usage', 'a reason', { hint: 'Do this.' }));
      log.fault('failed', new SyntaxError('secret payload'));
    });
    expect(lines).toContain('"hint":"Do this."');
    expect(lines).not.toContain('secret payload');
  });
});
