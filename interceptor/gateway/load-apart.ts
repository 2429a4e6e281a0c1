import { readFileSync } from 'node:fs';
import { DvrError } from '../../errors/index.ts';
import { besides } from '../../program/besides.ts';
import { askShortProcess } from '../../program/short-process.ts';
import type { GatewayConfig } from './config.ts';

/**
 * Reads a gateway's configuration without keeping a YAML parser or a schema in this process: they are loaded in one that
 * ends with its answer. Throws `config-invalid`.
 */
export async function loadGatewayApart(path: string): Promise<GatewayConfig> {
  const text = read(path);
  const answer = await askShortProcess(besides(import.meta.url, 'load-process'), { text, path });
  if (isGatewayConfig(answer)) return answer;
  throw new TypeError('the process answered with no configuration');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new DvrError('config-invalid', `the gateway's configuration cannot be read (${why})`, {
      where: path,
      cause,
    });
  }
}

/** The process is of this program and version, and what it answers was validated there: only a mix-up is caught here. */
function isGatewayConfig(value: unknown): value is GatewayConfig {
  return (
    typeof value === 'object' &&
    value !== null &&
    'tunnel' in value &&
    typeof value.tunnel === 'string' &&
    'trustForwarded' in value &&
    typeof value.trustForwarded === 'boolean' &&
    'services' in value &&
    Array.isArray(value.services)
  );
}
