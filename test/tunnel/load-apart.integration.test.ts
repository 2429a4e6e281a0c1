import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultTunnel, loadTunnel } from '../../tunnel/load.ts';
import { defaultTunnelApart, loadTunnelApart } from '../../tunnel/load-apart.ts';
import { readTunnelFile } from '../../tunnel/read.ts';
import { parseValidated, writeValidated } from '../../tunnel/validated.ts';

const article = fileURLToPath(new URL('fixtures/article.yaml', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-tunnel-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a tunnel read in a process of its own is the one that is read here', async () => {
  expect(await loadTunnelApart(article)).toEqual(loadTunnel(readTunnelFile(article), article));
  expect(await defaultTunnelApart('shop')).toEqual(defaultTunnel('shop'));
});

test('its error comes through with place and remedy', async () => {
  const path = join(folder, 'wrong.yaml');
  await writeFile(path, readTunnelFile(article).replace('payloads:', 'payload:'));
  await expect(loadTunnelApart(path)).rejects.toMatchObject({
    code: 'config-invalid',
    where: `${path}:10:5 spec.capture.payload`,
    hint: 'Did you mean payloads?',
  });
});

test('a file that is not there is named', async () => {
  await expect(loadTunnelApart(join(folder, 'none.yaml'))).rejects.toMatchObject({
    code: 'config-invalid',
    exitCode: 2,
  });
});

test('a validated tunnel comes back as it was, and a spoiled one is refused', () => {
  const tunnel = loadTunnel(readTunnelFile(article), article);
  const text = writeValidated(tunnel);
  expect(parseValidated(text)).toEqual(tunnel);
  expect(parseValidated(readTunnelFile(article))).toBeUndefined();
  expect(() => parseValidated(text.slice(0, -5))).toThrow(/JSON/);
  expect(() => parseValidated(text.replace('"validated_tunnel":2', '"validated_tunnel":1'))).toThrow(
    /format 2/,
  );
  expect(() => parseValidated(text.replace('"tailMs":2000', '"tailMs":-1'))).toThrow(/no validated tunnel/);
});
