import { DvrError } from '../../errors/index.ts';
import { parseTarget, type TargetAddress } from '../../program/address.ts';
import { badValue, type Parse } from '../../program/flags.ts';
import type { SetHeader } from '../engine/request/rewrite.ts';
import type { Readiness } from '../engine/service/ready.ts';

/** `URL`, or `NAME=URL` for another service than the primary one. */
export interface NamedTarget {
  readonly service: string | undefined;
  readonly address: TargetAddress;
}

/** Reads `URL` or `NAME=URL`. */
export const targetFlag: Parse<NamedTarget> = (text, where) => {
  const named = /^([\w.-]+(?::\d+)?)=(.*)$/.exec(text);
  const address = parseTarget(named?.[2] ?? text, where);
  return { service: named?.[1], address };
};

/** Reads `NAME: VALUE`. */
export const headerFlag: Parse<SetHeader> = (text, where) => {
  const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)$/.exec(text);
  const name = found?.[1];
  if (name === undefined) throw badValue(where, text, 'a header as NAME: VALUE');
  return { name, value: found?.[2]?.trimEnd() ?? '' };
};

/** Reads `OLD=NEW`; the first `=` parts them, unless a longer OLD is written in quotes. */
export const mapFlag: Parse<readonly [old: string, value: string]> = (text, where) => {
  const found = /^(?:"([^"]+)"|([^=]+))=(.*)$/s.exec(text);
  const old = found?.[1] ?? found?.[2];
  if (old === undefined) throw badValue(where, text, 'two values as OLD=NEW');
  return [old, found?.[3] ?? ''];
};

/** Reads `tcp`, or a URL that answers once the service is ready. */
export const readyFlag: Parse<Readiness> = (text, where) => {
  if (text === 'tcp') return { kind: 'tcp' };
  const url = URL.parse(text);
  if (url?.protocol !== 'http:') throw badValue(where, text, 'tcp or an http:// URL');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    kind: 'http',
    host,
    port: url.port === '' ? 80 : Number(url.port),
    path: `${url.pathname}${url.search}`,
  };
};

/** Finds the service of each target. Throws `usage` where the primary one has none, or a name is not on the tape. */
export function targetsByService(
  targets: readonly NamedTarget[],
  primary: string,
  services: readonly string[],
): ReadonlyMap<string, TargetAddress> {
  const found = new Map<string, TargetAddress>();
  for (const { service, address } of targets) {
    const name = service === undefined ? primary : matching(service, services);
    if (found.has(name)) {
      throw new DvrError('usage', `${name} has two targets`, {
        where: '--target',
        hint: 'Write NAME=URL for another service of the tape.',
      });
    }
    found.set(name, address);
  }
  if (found.has(primary)) return found;
  throw new DvrError('usage', `the primary service, ${primary}, has no target`, {
    where: '--target',
    hint: 'Give --target URL as well.',
  });
}

/** A service is named as on the tape, or without its port where that is clear. */
function matching(name: string, services: readonly string[]): string {
  const fitting = services.filter((service) => service === name || service.replace(/:\d+$/, '') === name);
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  throw new DvrError('usage', `the tape has ${only === undefined ? 'no' : 'more than one'} service ${name}`, {
    where: '--target',
    hint: `Its services are ${services.join(', ')}.`,
  });
}
