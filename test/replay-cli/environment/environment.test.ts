import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyEnvironment, readEnvironment } from '../../../replay-cli/environment/replay-environment.ts';
import { withheldVariables } from '../../../replay-cli/environment/withheld.ts';

test.each([
  ['AWS_ACCESS_KEY_ID', 'x', 'cloud credentials'],
  ['AWS_PROFILE', 'x', 'cloud credentials'],
  ['GOOGLE_APPLICATION_CREDENTIALS', 'x', 'cloud credentials'],
  ['AZURE_CLIENT_SECRET', 'x', 'cloud credentials'],
  ['KUBECONFIG', 'x', 'cluster access'],
  ['KUBERNETES_SERVICE_HOST', 'x', 'cluster access'],
  ['SSH_AUTH_SOCK', 'x', 'token or secret'],
  ['NPM_TOKEN', 'x', 'token or secret'],
  ['GITHUB_PAT', 'x', 'token or secret'],
  ['STRIPE_API_KEY', 'x', 'token or secret'],
  ['db_password', 'x', 'token or secret'],
  ['PGPASSWORD', 'x', 'token or secret'],
  ['DATABASE_URL', 'postgres://me:pw@db/x', 'URL with a password'],
  ['HTTPS_PROXY', 'http://me:pw@proxy:3128', 'URL with a password'],
])('%s is withheld', (name, text, why) => {
  expect(withheldVariables({ [name]: text })).toEqual([{ name, why }]);
});

test.each([
  ['PATH', '/usr/bin'],
  ['HOME', '/home/me'],
  ['AWS_REGION', 'eu-central-1'],
  ['AWS_CA_BUNDLE', '/etc/ssl/ca.pem'],
  ['DATABASE_URL', 'postgres://localhost/x'],
  ['AUTHOR', 'me'],
  ['MONKEY', 'x'],
  ['NODE_ENV', 'test'],
  ['PORT', '8080'],
])('%s passes', (name, text) => {
  expect(withheldVariables({ [name]: text })).toEqual([]);
});

const own = { PATH: '/usr/bin', GITHUB_TOKEN: 'mine', KUBECONFIG: '/home/me/.kube/config' };

test('a service that a replay starts gets no credentials, neither as variables nor from the home folder', () => {
  const given = applyEnvironment(own, undefined, []);
  expect(given).not.toHaveProperty('GITHUB_TOKEN');
  expect(given).toMatchObject({
    PATH: '/usr/bin',
    KUBECONFIG: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  });
});

test('recorded variables go over the developer’s own, and --env over both', () => {
  const recorded = {
    format: 1 as const,
    service: 'x',
    variables: { PATH: '/app', GITHUB_TOKEN: 'mock', A: 'b' },
  };
  expect(applyEnvironment(own, recorded, [])).toMatchObject({ PATH: '/app', GITHUB_TOKEN: 'mock', A: 'b' });
  const let_ = applyEnvironment(own, recorded, ['GITHUB_TOKEN', 'A=c=d', 'KUBECONFIG']);
  expect(let_).toMatchObject({ GITHUB_TOKEN: 'mine', A: 'c=d', KUBECONFIG: '/home/me/.kube/config' });
  expect(() => applyEnvironment(own, recorded, ['NOT_SET'])).toThrow(
    '--env names "NOT_SET", which is not set',
  );
});

test('environment.json is read where it is, and refused where it is not one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dvr-environment-'));
  expect(await readEnvironment(folder)).toBeUndefined();
  const file = join(folder, 'environment.json');
  await writeFile(file, '{"format":1,"service":"x","variables":{"A":"b"}}');
  expect(await readEnvironment(folder)).toEqual({ format: 1, service: 'x', variables: { A: 'b' } });
  await writeFile(file, '{"format":1}');
  await expect(readEnvironment(folder)).rejects.toMatchObject({
    code: 'tape-damaged',
    where: 'environment.json',
  });
  await rm(folder, { recursive: true });
});
