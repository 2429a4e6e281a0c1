import type { Replacement } from '../port.ts';
import type { Rewriting } from '../request/rewriting.ts';
import type { Brought } from './brought.ts';
import type { Moving } from './issued-index.ts';
import type { Carried } from './values.ts';

/** What is put into one request in place of recorded values. */
export interface Moves {
  readonly rewritings: readonly Rewriting[];
  readonly replaced: readonly Replacement[];
  /** Places whose value came from a response that did not bring it anew. */
  readonly missing: readonly string[];
}

/** Decides what each moving value of a request becomes, by what the responses of this pass brought. */
export function movesOf(moving: readonly Moving[], brought: Brought): Moves {
  const rewritings: Rewriting[] = [];
  const missing: string[] = [];
  for (const { carried, sources } of moving) {
    const source = sources.find(({ span, where }) => brought.at(span.id, where) !== undefined);
    const value = source && brought.at(source.span.id, source.where);
    if (source === undefined || value === undefined) missing.push(carried.where);
    else if (value !== carried.value) {
      rewritings.push({
        carried,
        value,
        by: { kind: 'moved', payload: source.span.id, where: source.where },
      });
    }
  }
  return { rewritings, replaced: rewritings.map(asReplacement), missing };
}

/** What the user maps by hand: every carried value that equals an old one. */
export function mapsOf(carried: readonly Carried[], map: ReadonlyMap<string, string>): readonly Rewriting[] {
  const rewritings: Rewriting[] = [];
  for (const one of carried) {
    const value = map.get(one.value);
    if (value !== undefined && value !== one.value)
      rewritings.push({ carried: one, value, by: { kind: 'map' } });
  }
  return rewritings;
}

export function asReplacement({ carried, value, by }: Rewriting): Replacement {
  return { where: carried.where, old: carried.value, value, by };
}
