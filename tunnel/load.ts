import { DvrError } from '../errors/index.ts';
import { checkTunnel } from './check.ts';
import type { TunnelConfig } from './config.ts';
import { placeOf } from './finding.ts';

/** Reads a tunnel from its text (YAML or JSON). `file` names it in the `config-invalid` that this throws. */
export function loadTunnel(text: string, file: string): TunnelConfig {
  const checked = checkTunnel(text);
  if (checked.ok) return checked.config;
  const [first, ...others] = checked.errors;
  const more = others.length === 0 ? [] : [`dvr-cli tunnel lint ${file} shows ${others.length} more.`];
  const hint = [first.hint, ...more].filter((sentence) => sentence !== undefined).join(' ');
  throw new DvrError('config-invalid', first.message, {
    where: placeOf(file, first),
    ...(hint === '' ? {} : { hint }),
  });
}

/** A tunnel of nothing but defaults, for a recording that was given no configuration. */
export function defaultTunnel(name: string): TunnelConfig {
  const object = {
    apiVersion: 'networking.replay.io/v1alpha1',
    kind: 'StatefulTunnel',
    metadata: { name },
    spec: {},
  };
  return loadTunnel(JSON.stringify(object), 'defaults');
}
