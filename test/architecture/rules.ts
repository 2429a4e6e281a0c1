/** Small folders that all others may import. */
export const shared: readonly string[] = ['errors', 'sealing', 'program', 'tunnel'];

/** The folders of the sources, and what each may import beside itself and the shared ones. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  tape: [],
  wire: ['tape'],
  ledger: ['tape'],
  sanitizers: ['tape', 'wire'],
  vault: ['tape'],
  interceptor: ['tape', 'wire', 'ledger'],
  committer: ['tape', 'wire', 'ledger', 'sanitizers', 'vault'],
  'replay-cli': ['tape', 'wire', 'ledger', 'sanitizers', 'vault', 'interceptor', 'committer'],
};

/** What the shared folders may import of one another. */
export const sharedMayImport: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  sealing: ['errors', 'program'],
  program: ['errors'],
  tunnel: ['errors', 'program'],
};

/** Folders that are no part of the product. */
export const apart: readonly string[] = ['test', 'scripts', 'bench', 'examples', 'docs', 'bin'];

/** Packages that no program which lives long may load: they cost memory in every pod and are needed only at its start. */
const heavy: readonly RegExp[] = [
  /^yaml$/,
  /^js-yaml$/,
  /^zod$/,
  /^ajv$/,
  /^@aws-sdk\//,
  /^@smithy\//,
  /^@kubernetes\//,
];

/** What each program of the interceptor must not load. */
export const heavyFor: Readonly<Record<string, readonly RegExp[]>> = {
  'interceptor/main.ts': [...heavy, /^http-proxy$/],
  'interceptor/gateway/main.ts': heavy,
};

/** The first folder of a path of the checkout. */
export function folderOf(path: string): string {
  return path.slice(0, path.indexOf('/'));
}

/** Why a module may not import another; `undefined` where it may. */
export function whyNot(from: string, to: string): string | undefined {
  const [source, target] = [folderOf(from), folderOf(to)];
  if (source === target) return undefined;
  const allowed = sharedMayImport[source] ?? [...shared, ...(mayImport[source] ?? [])];
  return allowed.includes(target) ? undefined : `${from} imports ${to}: ${source}/ may not import ${target}/`;
}
