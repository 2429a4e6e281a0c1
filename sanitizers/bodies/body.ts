import { scrubForm } from '../places/form.ts';
import { scrubJson } from '../places/json.ts';
import type { Finding, Place } from '../port.ts';
import { freeText, namesSecret, type TextScrubber } from '../text-scrubber.ts';
import type { BodyInput, BodyPart, ScrubbedBody } from './body-input.ts';
import { decode } from './charset.ts';
import { open, sniffCodings } from './codings.ts';
import { safeFormLength, safeLength } from './cut.ts';
import { scrubEvents } from './events.ts';
import { hasMediaStructure } from './magic.ts';
import { looksLikeForm, type Reading, readingOf } from './media.ts';
import { scrubMultipart } from './multipart.ts';

/**
 * Scrubs a body in memory: content codings off, text by its charset, JSON, forms, multipart and plain text by their
 * type or their looks, codings on again. What cannot be read is not passed.
 */
export function scrubBody(input: BodyInput, texts: TextScrubber): ScrubbedBody {
  if (input.bytes.length === 0) return input.bytes;
  const opened = open(input.bytes, input.codings, input.cut, input.allowance);
  if (opened === undefined) return 'unreadable';
  const inner = sniffCodings(opened.bytes);
  const content = open(opened.bytes, inner, input.cut, input.allowance);
  if (content === undefined) return 'unreadable';
  const made = scrubContent(content.bytes, input, texts);
  if (made === 'unreadable') return made;
  const untouched = made === content.bytes && opened.pure && content.pure;
  return untouched ? input.bytes : opened.close(content.close(made));
}

function scrubContent(bytes: Uint8Array, input: BodyInput, texts: TextScrubber): ScrubbedBody {
  const told = readingOf(input.type);
  if (told === 'multipart') {
    const scrubPart = (part: BodyPart): ScrubbedBody =>
      scrubBody({ ...part, allowance: input.allowance }, texts);
    return input.cut ? 'unreadable' : scrubMultipart(bytes, input.type.boundary ?? '', texts, scrubPart);
  }
  const decoded = decode(bytes, input.type.charset, input.cut);
  if (decoded === undefined || looksBinary(decoded.text)) {
    const may = told === 'media' || told === undefined;
    const named = namesSecret({ kind: 'field', name: input.field });
    return may && !named && hasMediaStructure(bytes, input.type.type)
      ? scrubUnread(bytes, texts)
      : 'unreadable';
  }
  // Two bytes a character: what was written one byte a character would not be recognised.
  if (decoded.wide && scrubUnread(bytes, texts) === 'unreadable') return 'unreadable';
  const made = scrubText(decoded.text, told, input, texts);
  if (made === undefined) return 'unreadable';
  return made === decoded.text && !input.cut ? bytes : unlessEqual(decoded.encode(made), bytes);
}

function unlessEqual(made: Uint8Array, bytes: Uint8Array): Uint8Array {
  return Buffer.compare(made, bytes) === 0 ? bytes : made;
}

function scrubText(
  text: string,
  told: Reading | undefined,
  { cut, field }: Pick<BodyInput, 'cut' | 'field'>,
  texts: TextScrubber,
): string | undefined {
  const place: Place = field === '' ? freeText : { kind: 'field', name: field };
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const content = text.slice(mark.length);
  if (told === 'events') {
    const scrubData = (data: string, isCut: boolean) => scrubText(data, 'text', { cut: isCut, field }, texts);
    return mark + scrubEvents(content, cut, scrubData, texts.value);
  }
  if (told === 'json' || (field === '' && /^\s*[[{"]/.test(content))) {
    const json = scrubJsonBody(content, field, texts);
    if (json.state === 'whole') return mark + json.text;
    if (json.state === 'cut' && cut) return json.text === '' ? undefined : mark + json.text;
    // Said to be JSON and none: how its names and values belong together cannot be told.
    if (told === 'json' && /^\s*[[{"]/.test(content)) return undefined;
  }
  if ((told === 'form' && !namesSecret(place)) || (field === '' && looksLikeForm(content))) {
    const form = cut ? content.slice(0, safeFormLength(content)) : content;
    if (cut && form === '') return undefined;
    const { text: ruled, kept } = texts.rules.apply(form);
    return mark + scrubForm(ruled, texts.value, kept);
  }
  const plain = cut ? content.slice(0, safeLength(content)) : content;
  if (cut && plain === '') return undefined;
  return mark + texts.value(plain, place);
}

/**
 * Rules may match inside a string, where they see the decoded string alone, or from outside of one, across the
 * document's own text. They never reach from inside a string to what stands behind it.
 */
function scrubJsonBody(text: string, field: string, texts: TextScrubber): ReturnType<typeof scrubJson> {
  const { text: ruled, kept } = texts.rules.apply(text, outsideStrings());
  return scrubJson(ruled, texts.value, kept, field);
}

function outsideStrings(): (text: string, match: Finding) => boolean {
  let at = 0;
  let inString = false;
  let of = '';
  // Matches come in order, so that one pass over the text serves all of them.
  return (text, match) => {
    if (text !== of || match.start < at) [at, inString, of] = [0, false, text];
    for (; at < match.start; at++) {
      const character = text[at];
      if (character === '\\' && inString) at++;
      else if (character === '"') inString = !inString;
    }
    return !inString;
  };
}

/** Pictures and the like are passed as they are, unless a detector finds something in their bytes. */
function scrubUnread(bytes: Uint8Array, texts: TextScrubber): ScrubbedBody {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return texts.value(text, freeText) === text ? bytes : 'unreadable';
}

/** Whether a text has control characters that none has. */
export function looksBinary(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
  return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text);
}
