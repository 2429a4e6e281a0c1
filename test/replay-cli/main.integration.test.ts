import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { kebab } from '../../program/arguments.ts';
import { commands } from '../../replay-cli/commands.ts';
import { main } from '../../replay-cli/main.ts';
import { captured } from '../program/sample-surroundings.ts';

const root = join(import.meta.dirname, '..', '..');

async function run(...argv: string[]) {
  const around = captured();
  const code = await main(argv, around, '/usr/bin/dvr-cli');
  return { code, out: around.out(), err: around.err() };
}

describe('dvr-cli', () => {
  test.each([['--help'], ['tunnel', 'lint', '--help']])(
    '%j | head ends quietly where nobody reads on',
    async (...argv) => {
      const child = spawn(process.execPath, [join(root, 'bin', 'dvr-cli.js'), ...argv], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.destroy();
      const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect({ err, code }).toEqual({ err: '', code: 0 });
    },
  );

  test('--help lists every command', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const { name, summary } of commands)
      expect(out).toMatch(new RegExp(`${name} +${summary.slice(0, 10)}`));
  });

  test('without a command shows the same as wrong usage', async () => {
    expect(await run()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('tunnel lint') });
  });

  test.each([
    [['tunel', 'lint'], 'tunnel lint'],
    [['completon', 'bash'], 'completion'],
    [['tunnel'], 'Write dvr-cli tunnel lint.'],
    [['replay'], 'replay needs one more word'],
    [['-v'], 'Did you mean dvr-cli --version?'],
    [['version'], 'Did you mean dvr-cli --version?'],
  ])('%j names what was meant', async (argv, meant) => {
    const { code, err } = await run(...argv);
    expect(code).toBe(2);
    expect(err).toContain(meant);
  });

  test.each([
    [['help', 'record'], 'Stands before a local service'],
    [['help', 'replay', 'start'], 'Usage\n  dvr-cli replay start'],
    [['replay', '--help'], 'Usage\n  dvr-cli replay start'],
    [['help'], 'COMMAND --help shows'],
  ])('%j shows the help of what it names', async (argv, shown) => {
    expect(await run(...argv)).toMatchObject({ code: 0, out: expect.stringContaining(shown) });
  });

  test('names itself as it was called', async () => {
    const around = captured();
    await main(['completion', '--help'], around, '/opt/bin/kubectl-dvr');
    expect(around.out()).toContain('kubectl dvr completion SHELL');
  });

  test('loads no command, and nothing heavy, for --help', () => {
    const hooks =
      "import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });";
    const program = fileURLToPath(new URL('../../replay-cli/main.ts', import.meta.url));
    const seen = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`, program, '--help'],
      { encoding: 'utf8' },
    );
    expect(seen.stdout).toContain('tunnel lint');
    expect(seen.stderr).toContain('/replay-cli/commands.ts');
    expect(seen.stderr).not.toMatch(/node_modules|\/replay-cli\/commands\//);
  });
});

describe('every command', () => {
  test.each(commands.map((entry) => [entry.name, entry] as const))(
    '%s is well formed',
    async (name, { load }) => {
      const command = await load();
      expect(command.name).toBe(name);
      expect(command.examples.length).toBeGreaterThan(0);
      expect(command.about).toMatch(/^[A-Z].*\.$/);
      for (const flag of Object.values(command.flags)) expect(flag.about).not.toBe('');
      const positionals = Object.values(command.positionals);
      expect(positionals.slice(0, -1).every(({ shape }) => shape === 'value')).toBe(true);
    },
  );
});

describe('completion', () => {
  test('bash completes commands, flags and the values of flags', async () => {
    const { out } = await run('completion', 'bash');
    const data = await mkdtemp(join(tmpdir(), 'dvr-completion-'));
    await mkdir(join(data, 'dvr', 'tapes', 'tape-id-7889A-crash'), { recursive: true });
    const complete = (...words: string[]) => {
      const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _dvr_cli; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const env = { ...process.env, XDG_DATA_HOME: data };
      return spawnSync('bash', ['-c', script], { encoding: 'utf8', env }).stdout.trim().split('\n');
    };
    expect(complete('dvr-cli', 'tun')).toEqual(['tunnel']);
    expect(complete('dvr-cli', 'tunnel', '')).toEqual(['lint']);
    expect(complete('dvr-cli', 'tunnel', 'lint', '--js')).toEqual(['--json']);
    expect(complete('dvr-cli', 'tunnel', 'lint', '--log-level', 'w')).toEqual(['warn']);
    expect(complete('dvr-cli', 'completion', 'z')).toEqual(['zsh']);
    expect(complete('dvr-cli', 'show', 't')).toEqual(['tape-id-7889A-crash']);
    expect(complete('dvr-cli', 'show', '--t')).toEqual(['--timeline']);
    expect(complete('dvr-cli', 'replay', 'start', '--tape', '')).toEqual(['tape-id-7889A-crash']);
    expect(complete('dvr-cli', 'replay', 'start', '--exec', '')).toEqual(['']);
    expect(out).toContain('_dvr_cli dvr-cli kubectl-dvr');
    await rm(data, { recursive: true });
  });

  test.each(['bash', 'zsh', 'fish'])('%s knows every command and flag', async (shell) => {
    const { code, out } = await run('completion', shell);
    expect(code).toBe(0);
    for (const { name, load } of commands) {
      for (const word of name.split(' ')) expect(out).toContain(word);
      for (const key of Object.keys((await load()).flags)) expect(out).toContain(kebab(key));
    }
  });
});
