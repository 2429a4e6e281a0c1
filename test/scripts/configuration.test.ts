import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configurationPage } from '../../scripts/configuration.ts';
import { loadTunnel } from '../../tunnel/load.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

it('the reference of the tunnel is that of the schema (else run: node scripts/configuration.ts)', () => {
  expect(page).toBe(configurationPage());
});

it('the tunnel that the page shows is valid', () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  expect(loadTunnel(example, 'docs/configuration.md').name).toBe('qa-dvr-interceptor');
});
