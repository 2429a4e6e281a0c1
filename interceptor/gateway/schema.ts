import { z } from 'zod';
import { DvrError } from '../../errors/index.ts';
import { parseTarget } from '../../program/address.ts';
import { serviceProtocols } from './config.ts';

/** A gateway's configuration as users write it; the configuration reference is made from it. */

const text = z.string('takes a text').min(1, 'must not be empty');

const host = text
  .regex(/^(\*|(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])$/, {
    message: 'takes a host such as shop.example.com, *.example.com or *, without scheme and port',
  })
  .meta({ takes: 'a host, `*.` and a domain, or `*`' });

const path = text
  .regex(/^\/[^?#\s]*$/, 'takes a path that begins with / and has no query')
  .meta({ takes: 'a path' });

const route = z.strictObject({
  host: host.default('*').describe('Whose requests: by the Host field, `:authority`, or an absolute target.'),
  path: path.default('/').describe('This path and what lies under it, by whole segments.'),
});

/** Told by the same words as the flag of that kind. */
const target = text
  .check((context) => {
    try {
      parseTarget(context.value, 'target');
    } catch (fault) {
      if (!(fault instanceof DvrError)) throw fault;
      const message = fault.message.replace(/^target /, '');
      context.issues.push({ code: 'custom', input: context.value, message, params: { hint: fault.hint } });
    }
  })
  .meta({ takes: 'a URL' });

const service = z.strictObject({
  name: text
    .regex(/^[\w.-]+(:\d+)?$/, 'takes letters, digits, dots, dashes and a port, such as shop or shop:8080')
    .describe('What its exchanges are labelled with on a tape.'),
  target: target.describe('Where it listens: `http://HOST:PORT` or `https://…`.'),
  protocols: z
    .array(z.enum(serviceProtocols, 'takes http/1.1 and h2'), 'takes a list of http/1.1 and h2')
    .min(1, 'must name at least one protocol')
    .default(['http/1.1'])
    .describe('What it speaks. WebSocket goes with `http/1.1`, gRPC with `h2`.'),
  ca: text.optional().describe('File of the authorities that vouch for an https target.'),
  server_name: text
    .optional()
    .describe("The name in an https target's certificate, where it is not the host."),
  routes: z
    .array(route, 'takes a list of routes')
    .min(1, 'must hold at least one route')
    .describe('Which requests are its own. The most specific host wins, then the longest path.'),
});

export const gatewaySchema = z
  .strictObject({
    tunnel: text.describe("The file of the StatefulTunnel, from this file's folder."),
    trust_forwarded: z
      .boolean('takes true or false')
      .default(false)
      .describe(
        'Whether `X-Forwarded-*` and `Forwarded` of HTTP/1 requests go on: only where all clients are proxies of your own.',
      ),
    services: z
      .array(service, 'takes a list of services')
      .min(1, 'must hold at least one service')
      .describe('The services behind the gateway.'),
  })
  .check(({ value, issues }) => {
    for (const { path, input, message, hint } of doublesIn(value.services)) {
      issues.push({ code: 'custom', path: ['services', ...path], input, message, params: { hint } });
    }
  });

export type GatewayObject = z.output<typeof gatewaySchema>;

interface Double {
  readonly path: (string | number)[];
  readonly input: unknown;
  readonly message: string;
  readonly hint: string;
}

/** Services of one name, and routes that two services claim. */
function doublesIn(services: GatewayObject['services']): readonly Double[] {
  const doubles: Double[] = [];
  const names = new Map<string, number>();
  const claims = new Map<string, string>();
  services.forEach(({ name, routes }, index) => {
    if (names.has(name)) {
      const message = `is the name of services[${names.get(name)}] already`;
      doubles.push({ path: [index, 'name'], input: name, message, hint: 'Give each service its own.' });
    }
    names.set(name, index);
    routes.forEach((route, number) => {
      const claim = `${route.host.toLowerCase()} ${route.path}`;
      const other = claims.get(claim);
      const hint = 'Give one of them a longer path, or another host.';
      if (other !== undefined) {
        const path = [index, 'routes', number];
        doubles.push({ path, input: route, message: `is a route of ${other} already`, hint });
      }
      claims.set(claim, name);
    });
  });
  return doubles;
}
