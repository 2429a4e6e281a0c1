import type { HeaderField } from '../../../tape/exchange.ts';
import { setCookiePair } from '../moved/cookies.ts';
import type { Difference } from '../port.ts';
import { difference, type HasMoved } from './difference.ts';
import { headerNoise, valueNoise } from './noise.ts';

/** The end of a call, which is compared as such. */
const callEnd: ReadonlySet<string> = new Set(['grpc-status', 'grpc-message']);

/** Compares the trailers of two responses as their header fields are, less what tells the end of a call. */
export function trailerDifferences(
  recorded: readonly HeaderField[],
  replayed: readonly HeaderField[],
  hasMoved: HasMoved,
): readonly Difference[] {
  return headerDifferences(withoutCallEnd(recorded), withoutCallEnd(replayed), hasMoved, 'trailer');
}

/** Fields less what tells the end of a call: of one that ended without a message it stands in the head. */
export function withoutCallEnd(fields: readonly HeaderField[]): readonly HeaderField[] {
  return fields.filter(([name]) => !callEnd.has(name.toLowerCase()));
}

/** Compares header fields by name, in any case and order; the values of one name in their order. */
export function headerDifferences(
  recorded: readonly HeaderField[],
  replayed: readonly HeaderField[],
  hasMoved: HasMoved,
  what: 'header' | 'trailer' = 'header',
): readonly Difference[] {
  const before = byName(recorded);
  const after = byName(replayed);
  const differences: Difference[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(name) ?? [];
    const now = after.get(name) ?? [];
    if (name === 'set-cookie') differences.push(...cookieDifferences(old, now));
    else if (old.join('\n') !== now.join('\n')) {
      const [then, today] = [old.join(', '), now.join(', ')];
      const noise = headerNoise(name) ?? (links.has(name) ? linkNoise(then, today, hasMoved) : undefined);
      differences.push(difference(`${what} ${name}`, then, today, noise, hasMoved));
    }
  }
  return differences;
}

/** Headers that hold a URL. */
const links: ReadonlySet<string> = new Set(['location', 'content-location']);

/** Why two URLs that differ say nothing: all they differ in are ids, dates or moved values, place by place. */
function linkNoise(recorded: string, replayed: string, hasMoved: HasMoved): Difference['noise'] {
  const before = recorded.split(/[/?#&=]/);
  const after = replayed.split(/[/?#&=]/);
  if (before.length !== after.length) return undefined;
  const changed = before.flatMap((part, index) => {
    const now = after[index] ?? '';
    return part === now ? [] : [valueNoise('id', part, now, hasMoved)];
  });
  return changed.includes(undefined) ? undefined : changed[0];
}

/** Every cookie value is scrubbed from the tape, so that only which cookies are set, and how, can be compared. */
function cookieDifferences(recorded: readonly string[], replayed: readonly string[]): readonly Difference[] {
  const shape = (fields: readonly string[]) =>
    new Map(
      fields.map((field) => {
        const pair = setCookiePair(field);
        const attributes = field
          .slice(field.indexOf(';') + 1)
          .replace(/expires=[^;]*/i, 'Expires=…')
          .replace(/max-age=[^;]*/i, 'Max-Age=…');
        return [
          pair?.name ?? field,
          { value: pair?.value, attributes: field.includes(';') ? attributes : '' },
        ] as const;
      }),
    );
  const before = shape(recorded);
  const after = shape(replayed);
  const differences: Difference[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(name);
    const now = after.get(name);
    const where = `cookie ${name}`;
    if (old === undefined || now === undefined) {
      differences.push({ where, ...(old && { recorded: 'set' }), ...(now && { replayed: 'set' }) });
    } else if (old.attributes !== now.attributes) {
      differences.push({ where, recorded: old.attributes.trim(), replayed: now.attributes.trim() });
    } else if (old.value !== now.value) {
      differences.push({ where, recorded: old.value ?? '', replayed: now.value ?? '', noise: 'mock' });
    }
  }
  return differences;
}

function byName(fields: readonly HeaderField[]): ReadonlyMap<string, readonly string[]> {
  const byLower = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    const values = byLower.get(lower);
    if (values === undefined) byLower.set(lower, [value.trim()]);
    else values.push(value.trim());
  }
  return byLower;
}
