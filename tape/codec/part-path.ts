import { type PartEntry, partNames } from '../manifest.ts';
import { damaged } from './faults.ts';

const segment = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Whether `path` may name a part: one to eight segments of letters, digits, `_`, `-` and `.`, none of which begins with
 * a dot or a hyphen. So it stays in the tape's folder on every file system and is one object key everywhere.
 */
export function isPartPath(path: string): boolean {
  const segments = path.split('/');
  return segments.length <= 8 && segments.every((text) => segment.test(text));
}

/** The entry of `<attempt>/<name>` for each part that every tape has. Throws `tape-damaged` where one is missing. */
export function findParts(parts: readonly PartEntry[]): Record<keyof typeof partNames, PartEntry> {
  const find = (name: string): PartEntry => {
    const found = parts.filter((part) => part.path.split('/').length === 2 && part.path.endsWith(`/${name}`));
    const [entry] = found;
    if (entry === undefined || found.length > 1) {
      throw damaged('manifest.json', `it names ${found.length} parts ${name} where there is one`);
    }
    return entry;
  };
  return {
    exchanges: find(partNames.exchanges),
    index: find(partNames.index),
    bodies: find(partNames.bodies),
  };
}
