import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { initSync, parse } from 'es-module-lexer';

initSync();

/** The imports of one module. Paths are relative to the root of the checkout, packages are named by specifier. */
export interface Imports {
  /** Static imports, those of types among them. */
  readonly all: readonly string[];
  /** What running the module loads: static imports of values, and `import()` of a literal. */
  readonly loaded: readonly string[];
}

/** The imports of a module's source text. Throws on an `import()` whose target cannot be told from the source. */
export function importsOf(source: string): Imports {
  const typesToo = source.replace(/^(import|export) type (?=[{*]|\w+ from)/gm, '$1 ');
  const loaded = specifiers(source);
  return { all: [...new Set([...specifiers(typesToo), ...loaded])], loaded };
}

function specifiers(source: string): string[] {
  const [found] = parse(stripTypeScriptTypes(source));
  return found.flatMap((one) => {
    if (one.d === -2) return []; // import.meta
    if (one.n === undefined)
      throw new Error(`an import() of something computed: ${source.slice(one.s, one.e)}`);
    return [one.n];
  });
}

/** The modules under `folders` of the checkout at `root`, each with its imports; `./x.ts` resolved to a path. */
export function readModules(root: string, folders: readonly string[]): ReadonlyMap<string, Imports> {
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));
  return new Map(
    paths.map((path) => {
      const { all, loaded } = importsOf(readFileSync(join(root, path), 'utf8'));
      return [
        path,
        { all: all.map((to) => resolve(path, to)), loaded: loaded.map((to) => resolve(path, to)) },
      ];
    }),
  );
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? relative('.', join(dirname(from), specifier)) : specifier;
}
