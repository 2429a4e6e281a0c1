import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.ts';

describe('the imports of a module', () => {
  it('are static ones of values and types, re-exports and dynamic ones', () => {
    const source = `
      // import 'comment';
      import fs from 'node:fs';
import { a, type B } from './b.ts';
import type { C } from './c.ts';
import './d.ts';
export { e } from './e.ts';
export type * from './f.ts';
export type G = { from: './nothing.ts' };
const h: string = "import './string.ts'";
const i = await import('./i.ts');
const j = import.meta.dirname;
`;
    expect(importsOf(source)).toEqual({
      written: ['node:fs', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts'],
      loaded: ['node:fs', './b.ts', './d.ts', './e.ts'],
      lazy: ['./i.ts'],
    });
  });

  it('cannot be told where import() takes something computed', () => {
    expect(() => importsOf('await import(name);')).toThrow(/computed/);
  });
});
