/** A path segment or a query field of a request target (or of a Location), with its span in it. */
export interface TargetPart {
  readonly kind: 'segment' | 'query';
  /** Number of the segment from 1, or the field's name. */
  readonly key: string;
  /** Percent-decoded. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** For a segment: the one before it, decoded. */
  readonly before: string;
}

/** Where the path of a target in origin or absolute form begins. */
function pathStart(target: string): number {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target);
  return scheme === null ? 0 : scheme[0].length;
}

/** The parts of a target: RFC 9112 section 3.2, origin or absolute form. */
export function targetParts(target: string): readonly TargetPart[] {
  const hash = target.indexOf('#');
  const whole = hash === -1 ? target.length : hash;
  const question = target.indexOf('?');
  const pathEnd = question === -1 || question > whole ? whole : question;
  const parts = segments(target, pathStart(target), pathEnd);
  if (pathEnd < whole) parts.push(...formFields(target, pathEnd + 1, whole).map(asQuery));
  return parts;
}

function segments(target: string, from: number, to: number): TargetPart[] {
  const parts: TargetPart[] = [];
  let before = '';
  let number = 0;
  for (let start = from; start <= to; ) {
    const slash = target.indexOf('/', start);
    const end = slash === -1 || slash > to ? to : slash;
    if (end > start) {
      const value = percentDecode(target.slice(start, end));
      number++;
      parts.push({ kind: 'segment', key: String(number), value, start, end, before });
      before = value;
    }
    start = end + 1;
  }
  return parts;
}

function asQuery(field: FormField): TargetPart {
  return {
    kind: 'query',
    key: field.name,
    value: field.value,
    start: field.start,
    end: field.end,
    before: '',
  };
}

/** A field of an `application/x-www-form-urlencoded` text, with the span of its value. */
export interface FormField {
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** The fields of the form text between `from` and `to`. */
export function formFields(text: string, from = 0, to = text.length): readonly FormField[] {
  const fields: FormField[] = [];
  for (let start = from; start < to; ) {
    const mark = text.indexOf('&', start);
    const end = mark === -1 || mark > to ? to : mark;
    const equals = text.indexOf('=', start);
    if (equals !== -1 && equals < end) {
      const name = formDecode(text.slice(start, equals));
      fields.push({ name, value: formDecode(text.slice(equals + 1, end)), start: equals + 1, end });
    }
    start = end + 1;
  }
  return fields;
}

export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function formDecode(text: string): string {
  return percentDecode(text.replaceAll('+', ' '));
}
