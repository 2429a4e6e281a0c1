import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { initSync, parse } from 'es-module-lexer';

initSync();

/** How the lexer marks a static import, and `import.meta`; anything else is an `import()`. */
const staticImport = -1;
const importMeta = -2;

/** The imports of one module. Ours are named by path from the root of the checkout, packages by specifier. */
export interface Imports {
  /** Static imports, those of types among them. */
  readonly written: readonly string[];
  /** Static imports that running the module loads. */
  readonly loaded: readonly string[];
  /** What the module loads when it comes to it, by `import()`. */
  readonly lazy: readonly string[];
}

/** The imports of a module's source text. Throws on an `import()` whose target cannot be told from the source. */
export function importsOf(source: string): Imports {
  const typesToo = source.replace(/^(import|export) type (?=[{*]|\w+ from)/gm, '$1 ');
  const values = specifiers(source);
  return { written: specifiers(typesToo).fixed, loaded: values.fixed, lazy: values.lazy };
}

function specifiers(source: string): { fixed: string[]; lazy: string[] } {
  const javascript = stripTypeScriptTypes(source);
  const [found] = parse(javascript);
  const imports = found.filter(({ d }) => d !== importMeta);
  const computed = imports.find(({ n }) => n === undefined);
  if (computed)
    throw new Error(`an import() of something computed: ${javascript.slice(computed.ss, computed.se)}`);
  const named = (which: typeof imports): string[] => which.flatMap(({ n }) => n ?? []);
  return {
    fixed: named(imports.filter(({ d }) => d === staticImport)),
    lazy: named(imports.filter(({ d }) => d !== staticImport)),
  };
}

/** The modules under `folders` of the checkout at `root`, by path, each with its imports. */
export function readModules(root: string, folders: readonly string[]): ReadonlyMap<string, Imports> {
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));
  return new Map(
    paths.map((path) => {
      const { written, loaded, lazy } = importsOf(readFileSync(join(root, path), 'utf8'));
      const resolved = (targets: readonly string[]): string[] => targets.map((to) => resolve(path, to));
      return [path, { written: resolved(written), loaded: resolved(loaded), lazy: resolved(lazy) }];
    }),
  );
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? relative('.', join(dirname(from), specifier)) : specifier;
}
