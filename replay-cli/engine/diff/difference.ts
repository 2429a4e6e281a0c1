import type { Difference } from '../port.ts';
import { valueNoise } from './noise.ts';

/** Tells whether this replay's responses brought `replayed` where the recorded ones had `recorded`. */
export type HasMoved = (recorded: string, replayed: string) => boolean;

/** A difference of two values, marked as noise where it is; `known` says so beforehand, and `name` is what it goes by. */
export function difference(
  where: string,
  recorded: string | undefined,
  replayed: string | undefined,
  known: Difference['noise'],
  hasMoved: HasMoved,
  name: string = lastName(where),
): Difference {
  const noise =
    known ??
    (recorded !== undefined && replayed !== undefined
      ? valueNoise(name, recorded, replayed, hasMoved)
      : undefined);
  return {
    where,
    ...(recorded !== undefined && { recorded: excerpt(recorded) }),
    ...(replayed !== undefined && { replayed: excerpt(replayed) }),
    ...(noise !== undefined && { noise }),
  };
}

/** `id` of `body.items[0].id`, `x-csrf-token` of `header x-csrf-token`. */
function lastName(where: string): string {
  return where
    .replace(/^(header|trailer) /, '')
    .replace(/^.*\./s, '')
    .replace(/(\[\d+\])+$/, '');
}

const excerptLength = 200;

/** A text short enough for a table. */
export function excerpt(text: string): string {
  return text.length <= excerptLength ? text : `${text.slice(0, excerptLength)}… (${text.length} characters)`;
}
