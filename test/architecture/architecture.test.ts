import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCycle, type Graph, reachableFrom } from './graph.ts';
import { readModules } from './imports.ts';
import { apart, folderOf, heavyFor, mayImport, shared, whyNot } from './rules.ts';

const root = join(import.meta.dirname, '..', '..');
const folders = [...shared, ...Object.keys(mayImport)];
const modules = readModules(root, folders);
const isOurs = (specifier: string): boolean => modules.has(specifier);

describe('the folders', () => {
  it('are all in the import table', () => {
    const known = new Set([...folders, ...apart, 'node_modules', 'dist', '.cache']);
    const strangers = globSync('*/**/*.ts', {
      cwd: root,
      exclude: (path) => known.has(path.split('/')[0] ?? ''),
    });
    expect(strangers.map(folderOf)).toEqual([]);
  });

  it('import only what the table allows', () => {
    const faults = [...modules].flatMap(([from, { written, lazy }]) =>
      [...written, ...lazy].filter((to) => to.endsWith('.ts')).flatMap((to) => whyNot(from, to) ?? []),
    );
    expect(faults).toEqual([]);
  });

  it('hold modules that exist for every import', () => {
    const dangling = [...modules].flatMap(([from, { written, lazy }]) =>
      [...written, ...lazy]
        .filter((to) => to.endsWith('.ts') && !isOurs(to))
        .map((to) => `${from} imports ${to}`),
    );
    expect(dangling).toEqual([]);
  });

  it('have no cycle among their modules, what is loaded lazily included', () => {
    expect(findCycle(graphOf(modules))).toBeUndefined();
  });

  it.each(['bench', 'examples', 'scripts'])('have none in %s/ either', (folder) => {
    const theirs = readModules(root, [folder]);
    expect(theirs.size).toBeGreaterThan(1);
    expect(findCycle(graphOf(theirs))).toBeUndefined();
  });
});

describe('what observes traffic', () => {
  it('imports nothing of what asks services for their schemas, which imports it', () => {
    const [observe, reflection] = ['interceptor/observe/', 'interceptor/reflection/'];
    const importsOf = (folder: string): string[] =>
      [...modules].flatMap(([path, { written, lazy }]) =>
        path.startsWith(folder) ? [...written, ...lazy] : [],
      );
    expect(importsOf(reflection).filter((to) => to.startsWith(observe))).not.toEqual([]);
    expect(importsOf(observe).filter((to) => to.startsWith(reflection))).toEqual([]);
  });
});

describe("the import closures of the interceptor's programs", () => {
  const programs = globSync('interceptor/**/main.ts', { cwd: root }).sort();
  const graph = new Map([...modules].map(([path, { loaded, lazy }]) => [path, [...loaded, ...lazy]]));

  it('are those that are known', () => {
    expect(programs).toEqual(Object.keys(heavyFor).sort());
  });

  it.each(Object.entries(heavyFor))('hold nothing heavy: %s', (entry, heavy) => {
    const reached = [...reachableFrom(entry, graph)];
    expect(reached.length).toBeGreaterThan(1);
    const packages = reached.filter((node) => !isOurs(node) && !isBuiltin(node)).map(packageName);
    const found = [...withTheirDependencies(packages)].filter((name) =>
      heavy.some((pattern) => pattern.test(name)),
    );
    expect(found).toEqual([]);
  });
});

describe('the package', () => {
  it('depends on what its sources import, and on nothing else', () => {
    const imported = [...modules.values()].flatMap(({ written, lazy }) => [...written, ...lazy]);
    const packages = imported.filter((to) => !to.endsWith('.ts') && !isBuiltin(to)).map(packageName);
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect([...new Set(packages)].sort()).toEqual(Object.keys(dependencies).sort());
  });
});

describe('the tests', () => {
  const parts = ['needs', 'redis', 's3', 'package', 'application'].map((name) => `test/parts/${name}.ts`);

  it('are named *.parts.test.ts exactly where they use a part', () => {
    const graph = new Map([...readModules(root, ['test'])].map(([path, { loaded }]) => [path, loaded]));
    const misnamed = [...graph.keys()].filter((path) => {
      if (!path.endsWith('.test.ts')) return false;
      const reached = reachableFrom(path, graph);
      return parts.some((part) => reached.has(part)) !== path.endsWith('.parts.test.ts');
    });
    expect(misnamed).toEqual([]);
  });
});

/** What each module imports of the others. */
function graphOf(among: ReturnType<typeof readModules>): Graph {
  return new Map(
    [...among].map(([path, { written, lazy }]) => [
      path,
      [...written, ...lazy].filter((to) => among.has(to)),
    ]),
  );
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

function withTheirDependencies(names: readonly string[]): ReadonlySet<string> {
  const reached = new Set(names);
  for (const name of reached) {
    for (const dependency of dependenciesOf(name)) reached.add(dependency);
  }
  return reached;
}

function dependenciesOf(name: string): string[] {
  const paths = createRequire(join(root, 'package.json')).resolve.paths(name) ?? [];
  const folder = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
  if (folder === undefined) throw new Error(`the package ${name} is not installed`);
  return Object.keys(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies ?? {});
}
