import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationDeadlineMs } from '../parts/application.ts';
import { type InstalledPackage, installedPackage, packageDeadlineMs } from '../parts/package.ts';
import { Running } from './running.ts';
import { Wiki } from './wiki.ts';
import { type Answer, visit } from './wiki-visitor.ts';

const replayDeadlineMs = 60_000;

describe('the installed package, before a wiki from the registry', () => {
  let installed: InstalledPackage;
  let folder: string;
  let tape: string;
  let answers: readonly Answer[];
  let recordedState: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dvr-wiki-'));
    installed = await installedPackage();
    tape = await record();
    const fetched = await cli('fetch', tape);
    expect(fetched.code, fetched.stderr).toBe(0);
  }, packageDeadlineMs + applicationDeadlineMs);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function startCli(...args: string[]): Running {
    const environment = {
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    return new Running([installed.program('dvr-cli'), ...args], environment);
  }

  async function cli(...args: string[]) {
    await using running = startCli(...args);
    running.endInput();
    const code = await running.exitCode();
    return { code, stdout: running.stdout, stderr: running.stderr };
  }

  /** Uses a wiki through `dvr-cli record`; gives the id of the tape that its 500 made. */
  async function record(): Promise<string> {
    await using wiki = await Wiki.start(join(folder, 'recorded'));
    const target = `http://127.0.0.1:${wiki.port}`;
    await using recording = startCli(
      'record',
      '--target',
      target,
      '--listen',
      '0',
      '--session-cookie',
      'wikiSession',
    );
    const [, port] = await recording.printed('stderr', /recording: port (\d+)/);
    answers = await visit(`http://127.0.0.1:${port}`);
    const [id] = await recording.printed('stdout', /tape-id-[0-9A-Z]+-crash/);
    recordedState = await wiki.stateHash();
    return id;
  }

  /** Replays the tape to a wiki that starts empty; gives the report and the state that the wiki ends in. */
  async function replay(name: string, flags: readonly string[], owner?: string) {
    await using wiki = await Wiki.start(join(folder, name), owner);
    const target = `http://127.0.0.1:${wiki.port}`;
    const done = await cli('replay', 'start', '--target', target, '--tape', tape, '--json', ...flags);
    expect(done.stdout, done.stderr).toMatch(/^\{/);
    return { code: done.code, report: JSON.parse(done.stdout), state: await wiki.stateHash() };
  }

  it('has passed on what the wiki answered, cookies and refusals included', () => {
    const statuses = answers.map(({ status }) => status);
    for (const status of [200, 302, 304, 401, 403, 404, 409]) expect(statuses).toContain(status);
    expect(answers.at(-1)).toMatchObject({ status: 500, body: 'Server Ignoring move. Try reload.' });
  });

  it(
    'replays every payload, compares every response and finds them equal but for dates, cookies and the like',
    async () => {
      const { code, report, state } = await replay('replayed', ['--expect', 'reproduced']);
      expect(report.differences).toEqual([]);
      const all = answers.length;
      expect(report).toMatchObject({
        payloads: all,
        sent: all,
        received: all,
        skipped: 0,
        difference_count: 0,
      });
      expect(report).toMatchObject({ verdict: 'reproduced', payload: all, gaps: [] });
      expect(report.replaced).toBeGreaterThan(0);
      expect(code).toBe(0);
      expect(state).toBe(recordedState);
    },
    replayDeadlineMs,
  );

  it(
    'tells a session that did not move by the answers that are others',
    async () => {
      const { report, state } = await replay('not-moved', ['--no-moved']);
      expect(report.verdict).toBe('diverged');
      const refused = report.differences.filter(
        ({ where, recorded, replayed }: Record<string, string>) =>
          where === 'status' && recorded === '200 OK' && replayed === '403 Forbidden',
      );
      expect(refused.length).toBeGreaterThan(5);
      expect(state).not.toBe(recordedState);
    },
    replayDeadlineMs,
  );

  it(
    'tells one word that is another on two pages, and reproduces all the same',
    async () => {
      const { report } = await replay('other-owner', [], 'Eve');
      // The pages hold the name twice: once to be read, once for the wiki's script.
      expect(
        report.differences.map(({ recorded, replayed }: Record<string, string>) => [recorded, replayed]),
      ).toEqual(Array(4).fill(['Ada', 'Eve']));
      expect(report.verdict).toBe('reproduced');
    },
    replayDeadlineMs,
  );
});
