import { type PartEntry, partNames, schemasFolder } from '../manifest.ts';
import { damaged } from './faults.ts';

/** With a hyphen and no dot: no name of a device (`con`), and no file that a tape's folder holds besides. */
const attempt = /^[A-Za-z0-9]{1,60}-[A-Za-z0-9-]{1,60}$/;
const known: ReadonlySet<string> = new Set(Object.values(partNames));
/** With an underscore before its only dot: no device, and no name that a file system reads as another. */
const schemas = /^[a-z0-9-]{1,100}_[0-9]{1,4}\.binpb$/;

/**
 * Whether `path` names a part: `<attempt>/<name>`, with one of the names that parts have. So it stays in the tape's
 * folder on every file system, is one object key everywhere, and replaces nothing else of the tape.
 */
export function isPartPath(path: string): boolean {
  const [folder = '', name = '', ...more] = path.split('/');
  return isSchemasPath(path) || (more.length === 0 && attempt.test(folder) && known.has(name));
}

/** Whether `path` names a part with the schemas of a service: `<attempt>/schemas/<file>`. */
export function isSchemasPath(path: string): boolean {
  const [folder = '', inner = '', name = '', ...more] = path.split('/');
  return more.length === 0 && attempt.test(folder) && inner === schemasFolder && schemas.test(name);
}

/** The name of the part with the schemas of a service, the `number`th of its tape: `schemas/checkout-8080_1.binpb`. */
export function schemasName(service: string, number: number): string {
  const readable =
    service
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 100) || '-';
  return `${schemasFolder}/${readable}_${number}.binpb`;
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
