import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DvrError } from '../../errors/index.ts';
import { defineCommand, type Invocation } from '../../program/command.ts';
import { anyText, duration, value } from '../../program/flags.ts';
import { runCommand } from '../../program/run.ts';
import { captured } from './sample-surroundings.ts';

function sample(work: (invocation: Invocation) => void) {
  return defineCommand({
    name: 'sample',
    about: 'Does what a test wants.',
    examples: [['sample --wait 2s', 'with a wait']],
    flags: {
      wait: value('how long', 'TIME', duration, { default: '1s' }),
      target: value('whereto', 'URL', anyText),
    },
    positionals: {},
    json: true,
    run: async (invocation) => {
      work(invocation);
      return undefined;
    },
  });
}

const leak = () => {
  JSON.parse('{"card":"4111111111111111"');
};

describe('a command', () => {
  test('shows its flags, defaults and examples with --help, without running', async () => {
    const around = captured();
    expect(await runCommand(sample(leak), ['--help'], { around, program: 'dvr-cli' })).toBe(0);
    for (const part of [
      'dvr-cli sample [flags]',
      '--wait TIME',
      'default 1s',
      '# with a wait',
      '--log-level',
      '--json',
    ]) {
      expect(around.out()).toContain(part);
    }
    expect(around.out()).not.toContain('\u001b');
  });

  test('refuses a word that it does not take, whatever else is asked for', async () => {
    const around = captured();
    expect(await runCommand(sample(leak), ['NOSUCH', '--help'], { around })).toBe(2);
    expect(around.out()).toBe('');
    expect(around.err()).toContain('sample takes no "NOSUCH"');
  });

  test('shows its version', async () => {
    const around = captured();
    expect(await runCommand(sample(leak), ['--version'], { around })).toBe(0);
    expect(around.out()).toMatch(/^\d+\.\d+\.\d+/);
  });

  test.each([
    ['', false],
    ['1', false],
    [undefined, true],
  ])('colours a terminal unless NO_COLOR is %j', async (noColor, colored) => {
    const around = captured(noColor ? { NO_COLOR: noColor } : {}, { terminal: true });
    await runCommand(sample(leak), ['--help'], { around });
    expect(around.out().includes('\u001b')).toBe(colored || noColor === '');
  });
});

describe('an error', () => {
  const refuse = () => {
    throw new DvrError('ledger-out-of-reach', 'no answer from the ledger', {
      where: '--ledger',
      hint: 'Start it.',
    });
  };

  test('is printed with place and hint, and gives the exit code of its kind', async () => {
    const around = captured();
    expect(await runCommand(sample(refuse), [], { around })).toBe(5);
    expect(around.err()).toBe('sample: no answer from the ledger\n  at --ledger\n  Start it.\n');
    expect(around.out()).toBe('');
  });

  test('is one object with --json, of wrong flags too', async () => {
    const around = captured();
    expect(await runCommand(sample(refuse), ['--json', '--wiat=1s'], { around })).toBe(2);
    expect(JSON.parse(around.err())).toEqual({
      error: {
        code: 'usage',
        message: 'sample has no flag --wiat',
        where: '--wiat',
        hint: 'Did you mean --wait?',
        exit_code: 2,
      },
    });
  });

  test('is an object, with its stack, where the environment asks for it', async () => {
    const around = captured({ DVR_JSON: 'true', DVR_DEBUG: '1' });
    expect(await runCommand(sample(refuse), [], { around })).toBe(5);
    expect(JSON.parse(around.err()).error.stack).toContain('run.test.ts');
  });

  test('that is a defect never quotes the data that it choked on, with --debug neither', async () => {
    for (const argv of [[], ['--debug'], ['--json', '--debug']]) {
      const around = captured();
      expect(await runCommand(sample(leak), argv, { around })).toBe(1);
      expect(around.err()).toContain('defect');
      expect(around.err()).not.toContain('4111');
      expect(around.err().includes('run.test.ts')).toBe(argv.includes('--debug'));
    }
  });
});

describe('the configuration file', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'dvr-config-'));
    await mkdir(join(home, 'dvr'));
  });
  afterAll(() => rm(home, { recursive: true }));
  const write = (text: string) => writeFile(join(home, 'dvr', 'config.yaml'), text);

  test('gives what neither flag nor environment gave, and slips in it are warned of', async () => {
    await write('wait: 3s\ntarget: http://a\ntarge: x\nvault: file:///elsewhere\n');
    const seen: unknown[] = [];
    const around = captured({ XDG_CONFIG_HOME: home, DVR_TARGET: 'http://b' });
    const command = sample(({ flags }) => seen.push(flags));
    expect(await runCommand(command, [], { around })).toBe(0);
    expect(seen).toEqual([{ wait: 3000, target: 'http://b' }]);
    expect(around.err()).toMatch(/targe means nothing here; did you mean target/);
    expect(around.err()).not.toContain('vault');
  });

  test('a variable that looks like a slip is warned of, and one of another program or of tests is not', async () => {
    await write('');
    const env = { DVR_TARGTE: 'http://b', DVR_VAULT: 'file:///elsewhere', DVR_TEST_TARGET: 'x' };
    const around = captured({ XDG_CONFIG_HOME: home, ...env });
    expect(
      await runCommand(
        sample(() => undefined),
        [],
        { around },
      ),
    ).toBe(0);
    expect(around.err()).toContain('DVR_TARGTE means nothing here; did you mean DVR_TARGET?');
    expect(around.err()).not.toMatch(/DVR_VAULT|DVR_TEST/);
  });

  test.each([
    ['wait: [', /config\.yaml:\d+:\d+/],
    ['wait: {a: 1}', /config\.yaml wait/],
    ['- a', /config\.yaml/],
    ['wait: soon', /wait in .*config\.yaml/],
  ])('%j is refused with its place', async (text, where) => {
    await write(text);
    const around = captured({ XDG_CONFIG_HOME: home });
    expect(
      await runCommand(
        sample(() => undefined),
        ['--json'],
        { around },
      ),
    ).toBe(2);
    expect(JSON.parse(around.err()).error.where).toMatch(where);
  });
});
