import { describe, expect, test } from 'vitest';
import { loadGateway } from '../../../interceptor/gateway/load.ts';

const shop = '{ name: shop, target: "http://localhost:3001", routes: [{ path: /shop }] }';
const gateway = (...services: string[]): string =>
  ['tunnel: tunnel.yaml', 'services:', ...services.map((service) => `  - ${service}`)].join('\n');

test('a configuration is read with its defaults, its files from where it lies', () => {
  const text = gateway(
    shop,
    '{ name: "prices:50051", target: "https://localhost:50051", protocols: [h2], ca: ca.crt, server_name: prices.test, routes: [{ host: Prices.Test }] }',
  );
  expect(loadGateway(text, '/etc/dvr/gateway.yaml')).toEqual({
    tunnel: '/etc/dvr/tunnel.yaml',
    trustForwarded: false,
    services: [
      {
        name: 'shop',
        target: { tls: false, host: 'localhost', port: 3001, url: 'http://localhost:3001' },
        protocols: ['http/1.1'],
        routes: [{ host: '*', path: '/shop' }],
      },
      {
        name: 'prices:50051',
        target: { tls: true, host: 'localhost', port: 50051, url: 'https://localhost:50051' },
        protocols: ['h2'],
        ca: '/etc/dvr/ca.crt',
        serverName: 'prices.test',
        routes: [{ host: 'prices.test', path: '/' }],
      },
    ],
  });
});

test('clients are believed what they say of the way before them where this is asked for', () => {
  expect(loadGateway(`trust_forwarded: true\n${gateway(shop)}`, 'gateway.yaml')).toMatchObject({
    trustForwarded: true,
  });
});

describe('an error names line, field and remedy', () => {
  test.each([
    ['', 'gateway.yaml:1:1', 'the text holds nothing', /gateway's configuration/],
    ['tunnel: a', 'gateway.yaml:1:1 services', 'services is missing', /list of services/],
    [
      'tunnel: a\nservices: []',
      'gateway.yaml:2:11 services',
      'services must hold at least one service',
      undefined,
    ],
    [
      gateway('{ name: a, target: "http://a", routes: [{ hots: a }] }'),
      '3:47 services[0].routes[0].hots',
      'there is no field "hots" in services[0].routes[0]',
      /host\?/,
    ],
    [
      gateway('{ name: a, target: "http://a", routes: [{ path: api }] }'),
      'services[0].routes[0].path',
      'path takes a path that begins with / and has no query',
      undefined,
    ],
    [
      gateway('{ name: a, target: "http://a", routes: [{ path: "/a?b" }] }'),
      'services[0].routes[0].path',
      'path takes a path that begins with / and has no query',
      undefined,
    ],
    [
      gateway('{ name: a, target: "http://a", routes: [{ host: "a:80" }] }'),
      'services[0].routes[0].host',
      'host takes a host such as shop.example.com',
      undefined,
    ],
    [
      gateway('{ name: a, target: "htp://a", routes: [{}] }'),
      'services[0].target',
      'target must begin with http:// or https://, not htp:',
      /http:\/\//,
    ],
    [
      gateway('{ name: a, target: "http://a/b", routes: [{}] }'),
      'services[0].target',
      'target names a host and a port and nothing else',
      /http:\/\/a$/,
    ],
    [
      gateway('{ name: a b, target: "http://a", routes: [{}] }'),
      'services[0].name',
      'name takes letters, digits',
      undefined,
    ],
    [
      gateway(shop, shop),
      'services[1].name',
      'name is the name of services[0] already',
      /its own.*is a route of shop already/,
    ],
    [
      gateway(shop, shop.replace('shop', 'cart')),
      'services[1].routes[0]',
      'routes[0] is a route of shop already',
      /longer path/,
    ],
  ])('%#', (text, where, message, hint) => {
    const load = (): unknown => loadGateway(text, 'gateway.yaml');
    expect(load).toThrow(message);
    expect(load).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        where: expect.stringContaining(where),
        ...(hint && { hint: expect.stringMatching(hint) }),
      }),
    );
  });
});
