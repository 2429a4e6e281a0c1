import { type PartEntry, partNames } from '../manifest.ts';
import { damaged } from './faults.ts';

/** With a hyphen and no dot: no name of a device (`con`), and no file that a tape's folder holds besides. */
const attempt = /^[A-Za-z0-9]{1,60}-[A-Za-z0-9-]{1,60}$/;
const known: ReadonlySet<string> = new Set(Object.values(partNames));

/**
 * Whether `path` names a part: `<attempt>/<name>`, with one of the names that parts have. So it stays in the tape's
 * folder on every file system, is one object key everywhere, and replaces nothing else of the tape.
 */
export function isPartPath(path: string): boolean {
  const [folder = '', name = '', ...more] = path.split('/');
  return more.length === 0 && attempt.test(folder) && known.has(name);
}

/** The entry of `<attempt>/<name>` for each part that every tape has. Throws `tape-damaged` where one is missing. */
export function findParts(parts: readonly PartEntry[]): Record<keyof typeof partNames, PartEntry> {
  const find = (name: string): PartEntry => {
    const found = parts.filter((part) => part.path.endsWith(`/${name}`));
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
