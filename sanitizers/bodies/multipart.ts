import type { HeaderField } from '../../tape/exchange.ts';
import { limits } from '../limits.ts';
import { fieldOf, scrubFields } from '../places/fields.ts';
import { decodePercent } from '../places/percent.ts';
import type { TextScrubber } from '../text-scrubber.ts';
import type { BodyPart, ScrubbedBody } from './body-input.ts';
import { codingsOf } from './codings.ts';
import { parseMediaType } from './media.ts';

const headEnd = '\r\n\r\n';

/**
 * Scrubs a multipart body (RFC 2046 section 5.1, RFC 7578) part by part: each part's head as a head, its content by
 * its own type and its field's name. A part that cannot be read makes the body unreadable.
 */
export function scrubMultipart(
  bytes: Uint8Array,
  boundary: string,
  texts: TextScrubber,
  scrubPart: (part: BodyPart) => ScrubbedBody,
): ScrubbedBody {
  if (boundary === '' || boundary.length > 70) return 'unreadable';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const delimiter = `\r\n--${boundary}`;
  const [preamble, ...parts] = `\r\n${text}`.split(delimiter);
  const epilogue = parts.pop();
  // Who takes a lone line feed for a line's end would read other parts than these.
  if (text.replaceAll(delimiter, '').includes(`\n--${boundary}`)) return 'unreadable';
  if (preamble !== '' || !/^--(\r\n)?$/.test(epilogue ?? '') || parts.length > limits.parts)
    return 'unreadable';
  const made: string[] = [];
  for (const part of parts) {
    const scrubbed = scrubOne(part, texts, scrubPart);
    if (scrubbed === undefined) return 'unreadable';
    made.push(scrubbed);
  }
  const whole = ['', ...made, epilogue].join(delimiter).slice(2);
  return whole === text ? bytes : Buffer.from(whole, 'latin1');
}

function scrubOne(
  part: string,
  texts: TextScrubber,
  scrubPart: (part: BodyPart) => ScrubbedBody,
): string | undefined {
  const end = part.indexOf(headEnd);
  if (!part.startsWith('\r\n') || end === -1) return undefined;
  // A line that begins with white space goes on with the one before (RFC 5322 section 2.2.3).
  const lines = part
    .slice(2, end)
    .split(/\r\n(?![ \t])/)
    .filter((line) => line !== '');
  if (lines.some((line) => !/^[^\s:]+:/.test(line))) return undefined;
  const fields = lines.map((line): HeaderField => {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trimStart();
    return [line.slice(0, colon), value, line.slice(colon, line.length - value.length)];
  });
  const content = scrubContent(Buffer.from(part.slice(end + headEnd.length), 'latin1'), fields, scrubPart);
  if (content === undefined) return undefined;
  const head = scrubFields(fields, texts).map(([name, value, separator = ': ']) => name + separator + value);
  return `\r\n${head.join('\r\n')}${headEnd}${content}`;
}

function scrubContent(
  bytes: Buffer,
  fields: readonly HeaderField[],
  scrubPart: (part: BodyPart) => ScrubbedBody,
): string | undefined {
  const coding = fieldOf(fields, 'content-transfer-encoding')?.trim().toLowerCase() ?? 'binary';
  if (!/^([78]bit|binary)$/.test(coding)) return undefined;
  const made = scrubPart({
    bytes,
    type: parseMediaType(fieldOf(fields, 'content-type')),
    codings: codingsOf(fieldOf(fields, 'content-encoding')),
    cut: false,
    field: nameOf(fieldOf(fields, 'content-disposition') ?? '').toLowerCase(),
  });
  return made === 'unreadable' ? undefined : Buffer.from(made).toString('latin1');
}

const nameParameter = /;\s*name(\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/is;

/** The field's name of RFC 7578 section 4.2, or as RFC 8187 would write it. */
function nameOf(disposition: string): string {
  const match = nameParameter.exec(disposition);
  const name = match?.[2] ?? match?.[3] ?? '';
  return decodePercent(match?.[1] === '*' ? name.replace(/^[^']*'[^']*'/, '') : name, false);
}
