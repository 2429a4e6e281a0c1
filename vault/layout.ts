import { DvrError } from '../errors/index.ts';
import { isPartPath } from '../tape/codec/part-path.ts';
import type { TapeId } from '../tape/tape-id.ts';

/** The name of a tape's last part, which makes it a tape. */
export const manifestName = 'manifest.json';

/** The folder of the files that name each tape's namespace. */
const idsFolder = 'ids';

/** A DNS label, as Kubernetes names its namespaces (RFC 1123 section 2.1). */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a text, for example from a vault, may be a namespace and so a path segment. */
export function isNamespace(text: string): boolean {
  return label.test(text) && text !== idsFolder;
}

/** Where a part lies under the vault's root. Throws `config-invalid` for a namespace that the layout cannot hold. */
export function partKey(namespace: string, id: TapeId, path: string): string {
  if (!isNamespace(namespace)) {
    throw new DvrError('config-invalid', `${JSON.stringify(namespace)} cannot be a namespace of a vault`, {
      hint: `Use lower-case letters, digits and hyphens; "${idsFolder}" is taken by the vault itself.`,
    });
  }
  if (path !== manifestName && !isPartPath(path))
    throw new RangeError(`${JSON.stringify(path)} is no path of a part`);
  return `${namespace}/${id}/${path}`;
}

/** Where the namespace of a tape is told. */
export function nameKey(id: TapeId): string {
  return `${idsFolder}/${id}`;
}

/** The content of `ids/<tape-id>`. */
export function encodeName(namespace: string): Buffer {
  return Buffer.from(`${namespace}\n`);
}

/** Reads `ids/<tape-id>`. Throws `tape-damaged` for anything but one namespace. */
export function parseName(id: TapeId, content: Uint8Array): string {
  const text = Buffer.from(content).toString('latin1').replace(/\n$/, '');
  if (isNamespace(text)) return text;
  throw new DvrError('tape-damaged', `${nameKey(id)} names no namespace`, { where: nameKey(id) });
}
