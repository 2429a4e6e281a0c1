import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceState } from '../../../../replay-cli/engine/port.ts';
import { takesConnections } from '../../../../replay-cli/engine/service/ready.ts';
import {
  runReset,
  type ServiceOptions,
  ServiceProcess,
} from '../../../../replay-cli/engine/service/service-process.ts';
import { deadPort, serve, targetAt } from '../service-under-test.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-service-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A service that counts its starts in a file, and starts a process of its own which listens as well. */
const program = `
  const { createServer } = require('node:http');
  const { spawn } = require('node:child_process');
  const listen = (port) => createServer((_, r) => r.end()).listen(port, '127.0.0.1');
  if (process.env.CHILD_PORT) spawn(process.execPath, ['-e', 'require("node:http").createServer().listen(' + process.env.CHILD_PORT + ', "127.0.0.1")']);
  require('node:fs').appendFileSync('starts', 'started\\n');
  if (process.env.STUBBORN) process.on('SIGTERM', () => {});
  setTimeout(() => listen(process.env.PORT), 50);
  console.log('secret is ' + process.env.SECRET);
`;

async function make(environment: Record<string, string> = {}, more: Partial<ServiceOptions> = {}) {
  const port = await deadPort();
  const states: ServiceState[] = [];
  const output: string[] = [];
  const file = join(folder, 'service.cjs');
  await writeFile(file, program);
  const service = new ServiceProcess({
    command: [process.execPath, file],
    target: targetAt(port),
    readiness: { kind: 'tcp' },
    readyWithinMs: 10_000,
    environment: { PORT: `${port}`, ...environment },
    cwd: folder,
    output: new Writable({
      write(chunk, _, done) {
        output.push(String(chunk));
        done();
      },
    }),
    onState: (state) => states.push(state),
    ...more,
  });
  return { service, states, output, target: targetAt(port) };
}

describe('the service of a replay', () => {
  it('is ready when its port takes connections, and gone with all it started when it is stopped', async () => {
    const child = await deadPort();
    const { service, states, target, output } = await make({ CHILD_PORT: `${child}` });
    await service.start();
    while (!(await takesConnections(targetAt(child))))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await takesConnections(target)).toBe(true);
    await service.stop();
    expect(await takesConnections(target)).toBe(false);
    expect(await takesConnections(targetAt(child))).toBe(false);
    expect(service.pid).toBeUndefined();
    expect(states.map(({ kind }) => kind)).toEqual(['starting', 'ready', 'stopping', 'exited']);
    expect(output.join('')).toContain('secret is undefined');
  });

  it('starts anew after it was stopped', async () => {
    const { service } = await make();
    await service.start();
    const first = service.pid;
    await service.stop();
    await service.start();
    expect(service.pid).not.toBe(first);
    expect(await readFile(join(folder, 'starts'), 'utf8')).toBe('started\nstarted\n');
    await service.stop();
  });

  it('waits for a URL that answers without an error', async () => {
    let asked = 0;
    await using health = await serve((_, response) => {
      response.statusCode = ++asked < 3 ? 503 : 204;
      response.end();
    });
    const { port } = health.target;
    const readiness = { kind: 'http', host: '127.0.0.1', port, path: '/health' } as const;
    const { service } = await make({}, { readiness });
    await service.start();
    expect(asked).toBe(3);
    await service.stop();
  });

  it('is not started where something else listens already', async () => {
    await using other = await serve((_, response) => response.end());
    const { service } = await make({}, { target: other.target });
    await expect(service.start()).rejects.toMatchObject({ code: 'service-not-ready' });
  });

  it('is stopped again where it is not ready in time', async () => {
    const { service } = await make({ PORT: '0' }, { readyWithinMs: 400 });
    await expect(service.start()).rejects.toMatchObject({
      code: 'service-not-ready',
      message: expect.stringContaining('was not ready at'),
    });
    expect(service.pid).toBeUndefined();
  });
});

describe('the reset', () => {
  const options = () => ({
    environment: {},
    cwd: folder,
    output: new Writable({ write: (_c, _e, done) => done() }),
  });

  it('runs to its end', async () => {
    await runReset([process.execPath, '-e', 'require("node:fs").writeFileSync("reset", "done")'], options());
    expect(await readFile(join(folder, 'reset'), 'utf8')).toBe('done');
  });

  it('is an error where it fails, or cannot be started', async () => {
    await expect(runReset([process.execPath, '-e', 'process.exit(3)'], options())).rejects.toMatchObject({
      code: 'service-not-ready',
      message: expect.stringContaining('exit code 3'),
    });
    await expect(runReset(['no-such-program-anywhere'], options())).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT'),
    });
  });
});
