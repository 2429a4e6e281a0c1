/** A field that a page hands to its next request: an `<input>` or a `<meta>` with a name and a value. */
export interface HtmlField {
  readonly name: string;
  readonly value: string;
}

const tag = /<(input|meta)\b((?:[^>"']|"[^"]*"|'[^']*')*)>/gi;
const attribute = /([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
const maxFields = 2000;

/** The fields of an HTML page, in order: where a form's token (against forged requests) usually stands. */
export function htmlFields(page: string): readonly HtmlField[] {
  const fields: HtmlField[] = [];
  for (const [, , inner = ''] of page.matchAll(tag)) {
    const attributes = new Map<string, string>();
    for (const [, name = '', double, single, bare] of inner.matchAll(attribute)) {
      attributes.set(name.toLowerCase(), decodeEntities(double ?? single ?? bare ?? ''));
    }
    const name = attributes.get('name');
    const value = attributes.get('value') ?? attributes.get('content');
    if (name !== undefined && value !== undefined && value !== '') fields.push({ name, value });
    if (fields.length === maxFields) break;
  }
  return fields;
}

const entities: Readonly<Record<string, string>> = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>' };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
