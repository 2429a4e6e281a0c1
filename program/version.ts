import { readFileSync } from 'node:fs';

/** The version of this package. Sources lie one folder below `package.json`, built files two. */
export function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    let text: string;
    try {
      text = readFileSync(new URL(up, import.meta.url), 'utf8');
    } catch {
      continue;
    }
    const found: unknown = JSON.parse(text);
    if (isOurs(found)) return found.version;
  }
  throw new Error('package.json of stateful-replay-tunnel is not where it should be');
}

function isOurs(found: unknown): found is { version: string } {
  return (
    typeof found === 'object' &&
    found !== null &&
    'name' in found &&
    found.name === 'stateful-replay-tunnel' &&
    'version' in found &&
    typeof found.version === 'string'
  );
}
