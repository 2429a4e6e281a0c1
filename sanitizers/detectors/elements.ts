import type { Assignment } from './assignment.ts';

const tag = /<(?:[\w.-]{1,64}:)?([A-Za-z_][\w.-]{0,63})(\s[^<>]{0,4096})?>\s{0,256}/g;
const cdata = '<![CDATA[';
const attribute = /([\w:.-]{1,64})\s{0,16}=\s{0,16}(?:"([^"]*)"|'([^']*)')/g;

/**
 * Finds what stands in `<name …>value</name>` of XML and HTML, also over several lines or as CDATA, and in
 * `<field name="name" value="value">`. Of an element that begins with another one nothing is taken.
 */
export function elements(text: string, wanted: (name: string) => boolean): readonly Assignment[] {
  if (!text.includes('<')) return [];
  const found: Assignment[] = [];
  tag.lastIndex = 0;
  for (let match = tag.exec(text); match !== null; match = tag.exec(text)) {
    const element = match[1] ?? '';
    const attributes = match[2] ?? '';
    const label = attributes === '' ? undefined : labelOf(attributes, wanted);
    const name = wanted(element) ? element : label?.name;
    if (name === undefined) continue;
    const attributesAt = match.index + match[0].indexOf(attributes);
    if (label?.value !== undefined) {
      found.push({ name, start: attributesAt + label.value.start, end: attributesAt + label.value.end });
    }
    if (attributes.endsWith('/')) continue;
    const content = contentAt(text, match.index + match[0].length);
    if (content.end > content.start) found.push({ name, ...content });
    tag.lastIndex = Math.max(content.end, tag.lastIndex);
  }
  return found;
}

function contentAt(text: string, at: number): { readonly start: number; readonly end: number } {
  if (text.startsWith(cdata, at)) {
    const start = at + cdata.length;
    const end = text.indexOf(']]>', start);
    return { start, end: end === -1 ? text.length : end };
  }
  const next = text.indexOf('<', at);
  return { start: at, end: at + text.slice(at, next === -1 ? text.length : next).trimEnd().length };
}

interface Label {
  /** The wanted name that an attribute gives the element. */
  readonly name: string;
  readonly value?: { readonly start: number; readonly end: number };
}

function labelOf(attributes: string, wanted: (name: string) => boolean): Label | undefined {
  let name: string | undefined;
  let value: Label['value'];
  for (const match of attributes.matchAll(attribute)) {
    const given = match[2] ?? match[3] ?? '';
    const key = (match[1] ?? '').toLowerCase();
    const end = match.index + match[0].length - 1;
    if ((key === 'name' || key === 'key' || key === 'id' || key === 'type') && wanted(given)) name = given;
    else if ((key === 'value' || key === 'content') && given !== '')
      value = { start: end - given.length, end };
  }
  if (name === undefined) return undefined;
  return value === undefined ? { name } : { name, value };
}
