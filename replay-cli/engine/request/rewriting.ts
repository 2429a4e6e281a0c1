import type { Carried } from '../moved/values.ts';
import type { Replacement } from '../port.ts';

/** A value to be put where a carried one stands, and who says so. */
export interface Rewriting {
  readonly carried: Carried;
  readonly value: string;
  readonly by: Replacement['by'];
}

/** Writes a value in the notation of the place. Control characters never reach a head. */
export function notate(carried: Carried, value: string): string {
  switch (carried.notation) {
    case 'segment':
    case 'form':
      return encodeURIComponent(value);
    case 'json_string':
      return JSON.stringify(value);
    case 'json_number':
      return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? value : JSON.stringify(value);
    case 'raw':
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what would break a head apart.
      return value.replace(/[\u0000-\u001f\u007f]/g, '');
  }
}
