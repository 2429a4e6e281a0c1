import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadGateway } from '../../interceptor/gateway/load.ts';
import { pages, pageWithReference } from '../../scripts/configuration.ts';
import { loadTunnel } from '../../tunnel/load.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

it.each([...pages])(
  'the reference in %s is that of the schema (else run: node scripts/configuration.ts)',
  (name, schema) => {
    expect(page(name)).toBe(pageWithReference(name, schema));
  },
);

it('the gateway that the page shows is valid', () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(page('gateway.md'))?.[1] ?? '';
  const { services } = loadGateway(example, 'docs/gateway.md');
  expect(services.map(({ name }) => name)).toEqual(['shop', 'chat', 'prices']);
});

it('the tunnel that the page shows is valid', () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(page('configuration.md'))?.[1] ?? '';
  expect(loadTunnel(example, 'docs/configuration.md').name).toBe('qa-dvr-interceptor');
});
