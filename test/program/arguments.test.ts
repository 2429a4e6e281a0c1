import { describe, expect, test } from 'vitest';
import { DvrError } from '../../errors/index.ts';
import { readFlags, readPositionals, tokenize } from '../../program/arguments.ts';
import { defineCommand } from '../../program/command.ts';
import { anyText, duration, integer, list, oneOf, toggle, value } from '../../program/flags.ts';

const command = defineCommand({
  name: 'sample',
  about: 'A sample.',
  examples: [],
  flags: {
    publicKey: value('the key', 'FILE', anyText, { required: true }),
    wait: value('how long', 'TIME', duration, { default: '2s' }),
    count: value('how many', 'N', integer(1, 9)),
    color: value('which', 'WORD', oneOf(['red', 'green'])),
    header: list('added', 'NAME: VALUE', anyText),
    fast: toggle('no waits', { short: 'f' }),
  },
  positionals: {
    tape: value('its id', 'TAPE', anyText, { required: true }),
    more: list('others', 'TAPE', anyText),
  },
  json: true,
  run: async () => undefined,
});

function read(argv: string[], env: Record<string, string> = {}, file: Record<string, string[]> = {}) {
  const tokens = tokenize(command, argv);
  const config = { path: '/etc/c.yaml', settings: new Map(Object.entries(file)) };
  return readFlags(command.flags, tokens.given, env, config);
}

function faultOf(work: () => unknown): DvrError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof DvrError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

describe('flags', () => {
  test('are read from the command line before the environment before the file before the default', () => {
    const key = ['--public-key', 'k'];
    expect(read(key).wait).toBe(2000);
    expect(read(key, {}, { wait: ['3s'] }).wait).toBe(3000);
    expect(read(key, { DVR_WAIT: '4s' }, { wait: ['3s'] }).wait).toBe(4000);
    expect(read([...key, '--wait=5s'], { DVR_WAIT: '4s' }, { wait: ['3s'] }).wait).toBe(5000);
  });

  test('keep every value of a repeated list flag, and the last of a single one', () => {
    const flags = read(['--public-key=a', '--public-key', 'b', '--header', 'x: 1', '--header=y: 2', '-f']);
    expect(flags).toMatchObject({ publicKey: 'b', header: ['x: 1', 'y: 2'], fast: true, count: undefined });
  });

  test('take a list one value a line from the environment', () => {
    expect(read(['--public-key=a'], { DVR_HEADER: 'x: 1\ny: 2' }).header).toEqual(['x: 1', 'y: 2']);
  });

  test.each([
    [['--public-kye', 'a'], '--public-kye', /no flag/, /--public-key/],
    [['--public-key'], '--public-key', /needs a value/, /FILE/],
    [['--public-key', '--fast'], '--public-key', /needs a value/, /FILE/],
    [[], '--public-key', /missing/, /FILE/],
    [['--public-key=a', '--wait', 'soon'], '--wait', /duration/, undefined],
    [['--public-key=a', '--count', '10'], '--count', /from 1 to 9/, undefined],
    [['--public-key=a', '--color', 'gren'], '--color', /red, green/, /green/],
    [['--public-key=a', '--fast=perhaps'], '--fast', /true or false/, undefined],
  ])('%j is refused, and %s is named', (argv, where, message, hint) => {
    const fault = faultOf(() => read(argv));
    expect(fault.exitCode).toBe(2);
    expect(fault.where).toBe(where);
    expect(fault.message).toMatch(message);
    if (hint !== undefined) expect(fault.hint).toMatch(hint);
  });

  test('name the variable or the file that a bad value came from', () => {
    expect(faultOf(() => read(['--public-key=a'], { DVR_WAIT: 'x' })).where).toBe('DVR_WAIT');
    expect(faultOf(() => read(['--public-key=a'], {}, { wait: ['x'] })).where).toBe('wait in /etc/c.yaml');
  });
});

describe('positionals', () => {
  test('are given in order, the last list taking the rest; what follows -- is apart', () => {
    const tokens = tokenize(command, ['a', '-f', 'b', 'c', '--', '--d']);
    expect(readPositionals(command, tokens.positionals)).toEqual({ tape: 'a', more: ['b', 'c'] });
    expect(tokens.rest).toEqual(['--d']);
  });

  test('that are missing are named', () => {
    expect(faultOf(() => readPositionals(command, [])).message).toBe('TAPE is missing');
  });
});
