import type { HeaderField } from '../../tape/exchange.ts';
import { awaitsToken, subprotocolHeader } from '../detectors/subprotocols.ts';
import type { TextScrubber } from '../text-scrubber.ts';

/** Names shorter than this can hold no secret that a detector knows. */
const shortestName = 20;

/** Scrubs head fields or trailers: the rules on each line, the detectors on each value. */
export function scrubFields(fields: readonly HeaderField[], texts: TextScrubber): readonly HeaderField[] {
  let awaited = false;
  return fields.flatMap(([name, value, separator]): HeaderField[] => {
    const line = texts.rules.empty ? { name, text: value, kept: [] } : texts.rules.applyToLine(name, value);
    if (line === undefined) return [];
    const madeName =
      line.name.length < shortestName ? line.name : texts.value(line.name, { kind: 'text', name: '' });
    const namesSubprotocols = line.name.toLowerCase() === subprotocolHeader;
    // A list may go on in another line of the same header (RFC 6455 section 4.1): all of that line goes then.
    const known = namesSubprotocols && awaited ? 'authorization' : line.name;
    if (namesSubprotocols) awaited = awaitsToken(line.text);
    const made = texts.fieldValue(known, line.text, line.kept);
    return [separator === undefined ? [madeName, made] : [madeName, made, separator]];
  });
}

/** The value of the first field of that name. */
export function fieldOf(fields: readonly HeaderField[], name: string): string | undefined {
  return fields.find(([given]) => given.toLowerCase() === name)?.[1];
}
