import { dirname, resolve } from 'node:path';
import { DvrError } from '../../errors/index.ts';
import { parseTarget } from '../../program/address.ts';
import { parseTunnelDocument } from '../../tunnel/document.ts';
import { type Finding, placeOf } from '../../tunnel/finding.ts';
import { findingsOf } from '../../tunnel/issues.ts';
import type { GatewayConfig } from './config.ts';
import { type GatewayObject, gatewaySchema } from './schema.ts';

const name = "a gateway's configuration";

/** Reads a gateway's configuration from its text. `file` names it in the `config-invalid` that this throws. */
export function loadGateway(text: string, file: string): GatewayConfig {
  const document = parseTunnelDocument(text, name);
  if ('severity' in document) throw invalid(file, [document]);
  const parsed = gatewaySchema.safeParse(document.value, { reportInput: true });
  if (parsed.success) return resolved(parsed.data, file);
  throw invalid(file, findingsOf(parsed.error.issues, document, { schema: gatewaySchema, name }));
}

/** Files are named from the folder of the configuration. */
function resolved({ tunnel, trust_forwarded, services }: GatewayObject, file: string): GatewayConfig {
  const near = (path: string): string => resolve(dirname(file), path);
  return {
    tunnel: near(tunnel),
    trustForwarded: trust_forwarded,
    services: services.map(({ ca, server_name, routes, target, ...service }) => ({
      ...service,
      target: parseTarget(target, 'target'),
      ...(ca === undefined ? {} : { ca: near(ca) }),
      ...(server_name === undefined ? {} : { serverName: server_name }),
      routes: routes.map(({ host, path }) => ({ host: host.toLowerCase(), path })),
    })),
  };
}

function invalid(file: string, findings: readonly Finding[]): DvrError {
  const [first, ...others] = findings;
  if (first === undefined) throw new TypeError('the schema refused a text without telling why');
  const rest = others.map((finding) => `${placeOf(file, finding)}: ${finding.message}`);
  const more = rest.length === 0 ? [] : [`More is wrong: ${rest.slice(0, 5).join('; ')}.`];
  const hint = [first.hint, ...more].filter((sentence) => sentence !== undefined).join(' ');
  return new DvrError('config-invalid', first.message, {
    where: placeOf(file, first),
    ...(hint === '' ? {} : { hint }),
  });
}
