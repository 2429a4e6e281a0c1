import { nameEndsIn, namesOf, plainName, shareName } from './names.ts';
import type { Carried, Issued } from './values.ts';

/** Shorter values are equal by accident too often: they need a match of name or route. */
const shortValue = 6;

/** A response's value and the route that brought it. */
export interface Source {
  readonly issued: Issued;
  /** The words of the path that was asked for: `orders`. */
  readonly route: readonly string[];
}

/**
 * Whether `carried` may be `source` come back; their values are equal. A field needs the same or a matching name. A
 * path segment, a cookie or a header needs none, but where the value is short: then its name, or for a path segment the
 * segment before it, must be one that the response goes by.
 */
export function comesFrom(carried: Carried, source: Source): boolean {
  const names = namesOf(source.issued.name, source.issued.owners);
  if (shareName(carried.names, names)) return true;
  const short = carried.value.length < shortValue;
  if (carried.kind === 'field') return !short && nameEndsIn(carried.names, names);
  if (!short) return true;
  const before = carried.kind === 'segment' ? plainName(carried.before) : '';
  return before !== '' && source.route.some((word) => plainName(word) === before);
}
