import { describe, expect, test } from 'vitest';
import type { GatewayService } from '../../../interceptor/gateway/config.ts';
import { Routes } from '../../../interceptor/gateway/routes.ts';

const service = (name: string, ...routes: [host: string, path: string][]): GatewayService => ({
  name,
  target: { tls: false, host: '127.0.0.1', port: 1, url: 'http://127.0.0.1:1' },
  protocols: ['http/1.1'],
  routes: routes.map(([host, path]) => ({ host, path })),
});

const routes = new Routes([
  service('site', ['*', '/']),
  service('api', ['*', '/api']),
  service('carts', ['*', '/api/carts']),
  service('shop', ['shop.test', '/'], ['*.shop.test', '/']),
  service('beta', ['*.beta.shop.test', '/']),
  service('six', ['[::1]', '/']),
]);
const narrow = new Routes([service('api', ['api.test', '/v1'])]);

function chosen(from: Routes, host: string | undefined, target: string): string {
  const choice = from.choose(host, target);
  return choice.kind === 'service' ? choice.service.name : choice.kind;
}

describe('a request goes to the service', () => {
  test.each([
    ['of the longest path', 'x.test', '/api/carts/1', 'carts'],
    ['of a path that is the whole of its own', 'x.test', '/api/carts', 'carts'],
    ['of a path up to its query', 'x.test', '/api?a=/carts', 'api'],
    ['of whole segments alone', 'x.test', '/api/cartsy', 'api'],
    ['of whole segments alone, at the first one too', 'x.test', '/apis', 'site'],
    ['of its host, before any path', 'shop.test', '/api/carts', 'shop'],
    ['of its host in any case, with a port and a dot at the end', 'SHOP.test.:8080', '/', 'shop'],
    ['of a wildcard, at any depth', 'a.b.shop.test', '/', 'shop'],
    ['of the longest wildcard', 'a.beta.shop.test', '/', 'beta'],
    ['of no wildcard that only ends alike', 'myshop.test', '/', 'site'],
    ['of an IPv6 host', '[::1]:8080', '/', 'six'],
    ['of no host, where it has none', undefined, '/api', 'api'],
    ['of the host in an absolute target', 'x.test', 'http://shop.test/api', 'shop'],
    ['of an absolute target without a path', 'x.test', 'http://shop.test', 'shop'],
    ['of the root, where it asks about the server', 'x.test', '*', 'site'],
  ])('%s', (_, host, target, name) => {
    expect(chosen(routes, host, target)).toBe(name);
  });
});

test('a request that nobody serves is told by what is missing: its host or its path', () => {
  expect(chosen(narrow, 'other.test', '/v1')).toBe('no_host');
  expect(chosen(narrow, undefined, '/v1')).toBe('no_host');
  expect(chosen(narrow, 'api.test', '/v2')).toBe('no_path');
  expect(chosen(narrow, 'api.test', 'api.test:443')).toBe('no_path');
});

test('the services of a host are those of its routes', () => {
  const names = (host: string | undefined): string[] => routes.servicesOf(host).map(({ name }) => name);
  expect(names('shop.test')).toEqual(['shop', 'carts', 'api', 'site']);
  expect(names('other.test')).toEqual(['carts', 'api', 'site']);
  expect(names(undefined)).toHaveLength(6);
});
