/** A string or a number in a JSON text. */
export interface JsonLeaf {
  /** `cart.items[0].id`; empty for a text that is nothing but the leaf. */
  readonly path: string;
  /** The name of the member that it is the value of, or stands in an array below; empty where there is none. */
  readonly name: string;
  /** The name of the member around that one. */
  readonly parent: string;
  readonly kind: 'string' | 'number';
  /** The string's content or the number's digits. */
  readonly value: string;
  /** Its span in the text, in UTF-16 units, quotes included. */
  readonly start: number;
  readonly end: number;
}

const maxDepth = 128;
const maxLeaves = 20_000;

interface Level {
  readonly kind: 'object' | 'array';
  readonly path: string;
  readonly name: string;
  readonly parent: string;
  index: number;
  member: string;
}

const token = /[\s]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null))/y;

/**
 * The leaves of a JSON text with their places, so that one can be replaced and all else keeps its bytes. `undefined`
 * where the text is not JSON, or deeper or larger than is worth following.
 */
export function jsonLeaves(text: string): readonly JsonLeaf[] | undefined {
  const leaves: JsonLeaf[] = [];
  const levels: Level[] = [];
  let expectName = false;
  token.lastIndex = 0;
  for (let at = 0; ; at = token.lastIndex) {
    const found = token.exec(text);
    if (found === null) return levels.length === 0 && text.slice(at).trim() === '' ? leaves : undefined;
    const [, sign, string, number] = found;
    const end = token.lastIndex;
    const level = levels.at(-1);
    if (sign === '{' || sign === '[') {
      if (levels.length === maxDepth) return undefined;
      levels.push(nest(sign === '{' ? 'object' : 'array', level));
      expectName = sign === '{';
    } else if (sign === '}' || sign === ']') {
      levels.pop();
      expectName = false;
    } else if (sign === ',' && level !== undefined) {
      level.index++;
      expectName = level.kind === 'object';
    } else if (string !== undefined && expectName && level !== undefined) {
      level.member = unquote(string);
      expectName = false;
    } else if (string !== undefined || number !== undefined) {
      if (leaves.length === maxLeaves) return undefined;
      const raw = string ?? number ?? '';
      const value = string === undefined ? raw : unquote(string);
      leaves.push({
        ...placeIn(level),
        kind: string === undefined ? 'number' : 'string',
        value,
        start: end - raw.length,
        end,
      });
    }
  }
}

function nest(kind: Level['kind'], outer: Level | undefined): Level {
  const place = placeIn(outer);
  return { kind, path: place.path, name: place.name, parent: place.parent, index: 0, member: '' };
}

function placeIn(level: Level | undefined): { path: string; name: string; parent: string } {
  if (level === undefined) return { path: '', name: '', parent: '' };
  if (level.kind === 'array') {
    return { path: `${level.path}[${level.index}]`, name: level.name, parent: level.parent };
  }
  const path = level.path === '' ? level.member : `${level.path}.${level.member}`;
  return { path, name: level.member, parent: level.name };
}

function unquote(raw: string): string {
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : raw.slice(1, -1);
  } catch {
    return raw.slice(1, -1);
  }
}
