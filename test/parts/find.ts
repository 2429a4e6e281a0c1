import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type PartName, recipeOf } from './catalogue.ts';

/** Where brought parts live: `.cache` of the checkout. */
export const cacheFolder: string = join(import.meta.dirname, '..', '..', '.cache');

/** A program that can be run, with the variables it needs to find its libraries. */
export interface Program {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

export type Finding =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'program'; readonly program: Program }
  | { readonly kind: 'missing'; readonly why: string };

/**
 * Looks for a part where it may be already: the environment, the PATH, what the set-up unpacked or built.
 * Brings nothing.
 */
export function findPart(name: PartName): Finding {
  const recipe = recipeOf(name);
  const url = recipe.urlVariable === undefined ? undefined : process.env[recipe.urlVariable];
  if (url) return { kind: 'url', url };
  const program = onPath(recipe.program) ?? unpacked(recipe.program) ?? built(recipe.program);
  if (program !== undefined) return { kind: 'program', program };
  return { kind: 'missing', why: whyMissing(name) };
}

/** The folder into which Debian's packages for a program are unpacked. */
export function debianFolder(program: string): string {
  return join(cacheFolder, 'debian', program);
}

/** The folder into which Go builds programs. */
export const goBinFolder: string = join(cacheFolder, 'go', 'bin');

/** Programs of the PATH, and of the folders of system daemons that a user's PATH often lacks. */
export function onPath(program: string): Program | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/sbin',
    ...postgresFolders('/'),
  ];
  for (const folder of folders) {
    const path = join(folder, program);
    if (folder !== '' && isExecutable(path)) return { path, environment: {} };
  }
  return undefined;
}

/** A program out of unpacked Debian packages, told where its libraries lie. */
export function unpacked(program: string): Program | undefined {
  const root = debianFolder(program);
  const folders = ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map((folder) => join(root, folder));
  const path = [...folders, ...postgresFolders(root)]
    .map((folder) => join(folder, program))
    .find(isExecutable);
  if (path === undefined) return undefined;
  return { path, environment: { LD_LIBRARY_PATH: libraryFolders(root).join(':') } };
}

/** Debian keeps the programs of each major version of PostgreSQL in a folder that is on nobody's PATH. */
function postgresFolders(root: string): string[] {
  const versions = join(root, 'usr/lib/postgresql');
  return existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [];
}

function built(program: string): Program | undefined {
  const path = join(goBinFolder, program);
  return isExecutable(path) ? { path, environment: {} } : undefined;
}

/** Debian keeps libraries in `lib` and in a folder of it named after the machine. */
function libraryFolders(root: string): string[] {
  const folders = [join(root, 'usr/lib'), join(root, 'lib')].filter(existsSync);
  return folders.flatMap((folder) => [
    ...readdirSync(folder)
      .filter((entry) => entry.includes('-linux-'))
      .map((entry) => join(folder, entry)),
    folder,
  ]);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Variable by which the set-up tells the test processes what it could not bring, as JSON by part. */
export const missingVariable = 'DVR_TEST_MISSING_PARTS';

function whyMissing(name: PartName): string {
  const told: unknown = JSON.parse(process.env[missingVariable] ?? '{}');
  const why = typeof told === 'object' && told !== null ? Reflect.get(told, name) : undefined;
  return typeof why === 'string' ? why : `${recipeOf(name).program} was not found; npm test brings it`;
}
