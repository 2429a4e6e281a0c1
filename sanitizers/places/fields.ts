import type { HeaderField } from '../../tape/exchange.ts';
import { awaitsToken, subprotocolHeader } from '../detectors/subprotocols.ts';
import type { Rules } from '../rules/rules.ts';
import type { TextScrubber } from '../text-scrubber.ts';

/** Names shorter than this can hold no secret that a detector knows. */
const shortestName = 20;

/** Scrubs a field that writes its value in an encoding of its own: the fields that come of it. Undefined for others. */
export type ScrubEncoded = (field: HeaderField) => readonly HeaderField[] | undefined;

/** Scrubs head fields or trailers: the rules on each line, the detectors on each value that is not `encoded`. */
export function scrubFields(
  fields: readonly HeaderField[],
  texts: TextScrubber,
  encoded: ScrubEncoded = () => undefined,
): readonly HeaderField[] {
  let awaited = false;
  return fields.flatMap((field): readonly HeaderField[] => {
    const own = encoded(field);
    if (own !== undefined) return own;
    const [name, value, separator] = field;
    const line = ruledLine(name, value, texts);
    if (line === undefined) return [];
    const madeName = scrubName(line.name, texts);
    const namesSubprotocols = line.name.toLowerCase() === subprotocolHeader;
    // A list may go on in another line of the same header (RFC 6455 section 4.1): all of that line goes then.
    const known = namesSubprotocols && awaited ? 'authorization' : line.name;
    if (namesSubprotocols) awaited = awaitsToken(line.text);
    const made = texts.fieldValue(known, line.text, line.kept);
    return [separator === undefined ? [madeName, made] : [madeName, made, separator]];
  });
}

/** The line after the rules; undefined where they drop it. */
export function ruledLine(
  name: string,
  value: string,
  texts: TextScrubber,
): ReturnType<Rules['applyToLine']> {
  return texts.rules.empty ? { name, text: value, kept: [] } : texts.rules.applyToLine(name, value);
}

/** The name of a field, which may hold a secret where it is a long one. */
export function scrubName(name: string, texts: TextScrubber): string {
  return name.length < shortestName ? name : texts.value(name, { kind: 'text', name: '' });
}

/** The value of the first field of that name. */
export function fieldOf(fields: readonly HeaderField[], name: string): string | undefined {
  return fields.find(([given]) => given.toLowerCase() === name)?.[1];
}
