import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationDeadlineMs, bringApplication } from '../parts/application.ts';
import { runCommand } from '../parts/command.ts';
import { type InstalledPackage, installedPackage, packageDeadlineMs } from '../parts/package.ts';
import { accepts, freePort, Server } from '../parts/server.ts';
import { useDatabase } from './database-session.ts';

/** A database with an HTTP interface that is not ours: sessions by cookie, ids and revisions that it makes up. */
const application = ['pouchdb-server', '4.2.0'] as const;
const commandDeadlineMs = 60_000;

describe(`the installed package and ${application.join(' ')}`, () => {
  let dvr: InstalledPackage;
  let installation: string;
  let folder: string;

  beforeAll(async () => {
    dvr = await installedPackage();
    installation = await bringApplication(...application);
    folder = await mkdtemp(join(tmpdir(), 'dvr-database-'));
  }, packageDeadlineMs + applicationDeadlineMs);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('record a session, and replay it to a new database with every response alike', async () => {
    const port = await freePort();
    const target = ['--target', `http://127.0.0.1:${port}`];
    await recordSession(port, target);
    const [listed] = JSON.parse(await dvrCli('tapes', '--json'));
    const tape: string = listed.id;
    await dvrCli('fetch', tape);

    const replacement = await databaseCommand('replayed', port);
    const exec = ['--exec', [process.execPath, ...replacement].join(' ')];
    const outcome = JSON.parse(await dvrCli('replay', 'start', '--tape', tape, ...target, ...exec, '--json'));

    expect(outcome.differences).toEqual([]);
    expect(outcome).toMatchObject({ sent: 10, received: 10, skipped: 0, gaps: [] });
    // The cookie, the document's id and its revisions are those that the new database made up.
    expect(outcome.replaced).toBeGreaterThanOrEqual(10);
  }, 120_000);

  async function recordSession(port: number, target: readonly string[]): Promise<void> {
    await using _database = await startServer(await databaseCommand('recorded', port), port);
    const [listen, admin] = [await freePort(), await freePort()];
    const ports = ['--listen', String(listen), '--admin', String(admin)];
    const session = ['--session-cookie', 'AuthSession', '--tail', '500ms'];
    const cli = dvr.program('dvr-cli');
    await using recorder = await startServer([cli, 'record', ...target, ...ports, ...session], listen);
    await useDatabase(`http://127.0.0.1:${listen}`);
    await dvrCli('commit', '--admin', String(admin));
    // Told to end, it makes the tape that was asked for first.
    await recorder.stop();
  }

  function dvrCli(...args: readonly string[]): Promise<string> {
    const settings = { cwd: folder, environment: environment(), deadlineMs: commandDeadlineMs };
    return runCommand(dvr.program('dvr-cli'), args, settings);
  }

  function environment(): Record<string, string> {
    return { DVR_VAULT: `file://${folder}/vault`, XDG_DATA_HOME: join(folder, 'data') };
  }

  /** The database keeps its configuration, users among it, in a file of its own. */
  async function databaseCommand(name: string, port: number): Promise<string[]> {
    await mkdir(join(folder, name));
    const program = join(installation, 'node_modules', '.bin', 'pouchdb-server');
    const configuration = join(folder, name, 'config.json');
    return [program, '--in-memory', '--host', '127.0.0.1', '--port', String(port), '--config', configuration];
  }

  async function startServer(args: readonly string[], port: number): Promise<Server> {
    const home = join(folder, `server-${port}`);
    await mkdir(home);
    const program = { path: process.execPath, environment: environment() };
    const server = new Server({ program, args, folder: home, ready: () => accepts(port) });
    await server.start();
    return server;
  }
});
