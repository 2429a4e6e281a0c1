import type { HeaderField } from '../../tape/exchange.ts';
import { limits } from '../limits.ts';
import { fieldOf, scrubFields } from '../places/fields.ts';
import type { TextScrubber } from '../text-scrubber.ts';
import type { BodyPart, ScrubbedBody } from './body-input.ts';
import { parseMediaType } from './media.ts';

const headEnd = '\r\n\r\n';

/**
 * Scrubs a multipart body (RFC 2046 section 5.1, RFC 7578) part by part: each part's head as a head, its content by
 * its own type, and a part without a type by its field's name. A part that cannot be read makes the body unreadable.
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
  const lines = part
    .slice(2, end)
    .split('\r\n')
    .filter((line) => line !== '');
  const fields = lines.map((line): HeaderField => {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trimStart();
    return [line.slice(0, colon), value, line.slice(colon, line.length - value.length)];
  });
  if (fields.some(([name]) => name === '')) return undefined;
  const content = scrubContent(
    Buffer.from(part.slice(end + headEnd.length), 'latin1'),
    fields,
    texts,
    scrubPart,
  );
  if (content === undefined) return undefined;
  const head = scrubFields(fields, texts).map(([name, value, separator = ': ']) => name + separator + value);
  return `\r\n${head.join('\r\n')}${headEnd}${content}`;
}

function scrubContent(
  bytes: Buffer,
  fields: readonly HeaderField[],
  texts: TextScrubber,
  scrubPart: (part: BodyPart) => ScrubbedBody,
): string | undefined {
  const type = fieldOf(fields, 'content-type');
  const name = /;\s*name="?([^";]*)/i.exec(fieldOf(fields, 'content-disposition') ?? '')?.[1];
  if (type === undefined && name !== undefined) {
    const plain = bytes.toString('utf8');
    const value = Buffer.from(plain).equals(bytes)
      ? texts.value(plain, { kind: 'field', name: name.toLowerCase() })
      : undefined;
    return value === undefined ? undefined : Buffer.from(value).toString('latin1');
  }
  const made = scrubPart({ bytes, type: parseMediaType(type), codings: [], cut: false });
  return made === 'unreadable' ? undefined : Buffer.from(made).toString('latin1');
}
