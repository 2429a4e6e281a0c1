import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadGateway } from '../../../interceptor/gateway/load.ts';
import { loadGatewayApart } from '../../../interceptor/gateway/load-apart.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-gateway-'));
  path = join(folder, 'gateway.yaml');
});
afterAll(() => rm(folder, { recursive: true }));

const text =
  'tunnel: tunnel.yaml\nservices:\n  - { name: shop, target: "https://localhost:3001", ca: ca.crt, routes: [{ path: /shop }] }\n';

test('a configuration read in a process of its own is the one that is read here', async () => {
  await writeFile(path, text);
  expect(await loadGatewayApart(path)).toEqual(loadGateway(await readFile(path, 'utf8'), path));
});

test('its error comes through with place and remedy', async () => {
  await writeFile(path, text.replace('path:', 'paht:'));
  await expect(loadGatewayApart(path)).rejects.toMatchObject({
    code: 'config-invalid',
    where: expect.stringContaining(`${path}:3`),
    hint: expect.stringContaining('path?'),
  });
});

test('a file that is not there is named', async () => {
  const none = join(folder, 'none.yaml');
  await expect(loadGatewayApart(none)).rejects.toMatchObject({ code: 'config-invalid', where: none });
});
