import { isNoSecret, judgeName } from '../../../sanitizers/detectors/names.ts';
import type { Difference } from '../port.ts';
import { transportHeaders } from '../transport-headers.ts';
import { isDate } from './dates.ts';

type Noise = NonNullable<Difference['noise']>;

/** Headers whose value follows from a body that is compared itself, or from an id in it. */
const derived = new Set([
  'content-length',
  'etag',
  'content-md5',
  'digest',
  'content-digest',
  'last-modified',
]);

/** Why a difference of header `name` (lower case) says nothing, whatever its values. */
export function headerNoise(name: string): Noise | undefined {
  if (name === 'date' || name === 'expires') return 'date';
  if (transportHeaders.has(name) || derived.has(name)) return 'transport';
  if (name === 'traceparent' || name === 'tracestate' || /^x-(request|correlation|trace)-id$/.test(name))
    return 'id';
  return undefined;
}

/** Whether a field is called an id: `id`, `order_id`, `orderId`. */
function namesId(name: string): boolean {
  return /(^|[_-])id$/i.test(name) || /[a-z0-9]I[dD]$/.test(name);
}

/**
 * Why two values of a field that differ say nothing: both are dates, both are ids of one shape, or the recorded one is a substitute
 * of the sanitizers'. `moved` tells whether this replay's responses brought the one for the other.
 */
export function valueNoise(
  name: string,
  recorded: string,
  replayed: string,
  moved: (recorded: string, replayed: string) => boolean,
): Noise | undefined {
  if (moved(recorded, replayed)) return 'moved';
  if (isDate(recorded) && isDate(replayed)) return 'date';
  if (isMock(recorded, replayed) || holdsSecret(name, recorded, replayed)) return 'mock';
  if (namesId(name) && /^\d+$/.test(recorded) && /^\d+$/.test(replayed)) return 'id';
  const shape = idShape(recorded);
  return shape !== undefined && shape === idShape(replayed) ? 'id' : undefined;
}

const jwt = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;
const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const card = /^\d(?:[ -]?\d){12,18}$/;

/** Whether the recorded value is what a sanitizer puts in place of such a value as the replayed one. */
function isMock(recorded: string, replayed: string): boolean {
  if (/\[MOCK_[A-Z_]+\]/.test(recorded)) return true;
  if (jwt.test(recorded)) return jwt.test(replayed);
  if (email.test(recorded)) return email.test(replayed);
  return card.test(recorded) && card.test(replayed) && !passesLuhn(recorded);
}

/** Whether a field of this name holds a secret, for which the tape has a substitute whatever the secret looks like. */
function holdsSecret(name: string, recorded: string, replayed: string): boolean {
  return judgeName(name).secret && !isNoSecret(recorded) && !isNoSecret(replayed);
}

/** ISO/IEC 7812-1 annex B. */
function passesLuhn(text: string): boolean {
  const digits = [...text].filter((sign) => sign >= '0' && sign <= '9').reverse();
  const sum = digits.reduce((total, sign, index) => {
    const value = Number(sign) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** The shape of a text that only an id has: a UUID, long hexadecimal, or a long token of letters and digits. */
function idShape(text: string): string | undefined {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return 'uuid';
  if (/^[0-9a-f]{12,}$/i.test(text) && /\d/.test(text) && /[a-f]/i.test(text)) return `hex ${text.length}`;
  const prefix = /^([a-z]{2,12}[_-])?([\w-]{10,})$/i.exec(text);
  if (prefix === null || !/\d/.test(text) || !/[a-z]/i.test(text)) return undefined;
  return `token ${prefix[1] ?? ''}`;
}
