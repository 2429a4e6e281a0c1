import { counted } from '../../counted.ts';
import type { Content } from '../content.ts';
import { jsonLeaves } from '../moved/json-leaves.ts';
import type { Difference } from '../port.ts';
import { splitAtDates } from './dates.ts';
import { difference, excerpt, type HasMoved } from './difference.ts';

/** Compares bodies, or messages: JSON by its leaves, text by its words, all else by its bytes. `root` is what they are. */
export function bodyDifferences(
  recorded: Content,
  replayed: Content,
  hasMoved: HasMoved,
  root = 'body',
): readonly Difference[] {
  if (recorded.kind !== 'binary' && replayed.kind !== 'binary' && recorded.text === replayed.text) return [];
  if (recorded.kind === 'json' && replayed.kind === 'json') {
    const compared = jsonDifferences(recorded.text, replayed.text, hasMoved, root);
    if (compared !== undefined) return compared;
  }
  if (recorded.kind === 'binary' || replayed.kind === 'binary') {
    const before = bytesOf(recorded);
    const after = bytesOf(replayed);
    if (before.equals(after)) return [];
    return [byteDifference(before, after, root)];
  }
  return textDifferences(recorded.text, replayed.text, hasMoved, root);
}

/** Leaves by their paths, and then whether what lies between them (names, true, false, null, brackets) is the same. */
function jsonDifferences(
  recorded: string,
  replayed: string,
  hasMoved: HasMoved,
  root: string,
): readonly Difference[] | undefined {
  const before = jsonLeaves(recorded);
  const after = jsonLeaves(replayed);
  if (before === undefined || after === undefined) return undefined;
  const now = new Map(after.map((leaf) => [leaf.path, leaf.value]));
  const differences: Difference[] = [];
  for (const { path, value } of before) {
    const replayedValue = now.get(path);
    now.delete(path);
    if (value === replayedValue) continue;
    const where = path === '' ? root : `${root}.${path}`;
    differences.push(difference(where, value, replayedValue, undefined, hasMoved));
  }
  for (const [path, value] of now) {
    differences.push({ where: path === '' ? root : `${root}.${path}`, replayed: value });
  }
  if (differences.length > 0) return differences;
  return skeleton(recorded) === skeleton(replayed)
    ? []
    : [{ where: root, recorded: skeleton(recorded), replayed: skeleton(replayed) }];
}

/** A JSON text with its members in order of name and without the values of its leaves. */
function skeleton(text: string): string {
  const blank = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(blank);
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value !== 'object') return '…';
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, inner]) => [name, blank(inner)]),
    );
  };
  try {
    return JSON.stringify(blank(JSON.parse(text)));
  } catch {
    return text;
  }
}

/** Words that differ at the same place, where both texts have as many; else the texts as a whole. */
function textDifferences(
  recorded: string,
  replayed: string,
  hasMoved: HasMoved,
  root: string,
): readonly Difference[] {
  if (recorded === replayed) return [];
  const before = words(recorded);
  const after = words(replayed);
  if (before.length !== after.length) {
    return [{ where: root, recorded: excerpt(recorded), replayed: excerpt(replayed) }];
  }
  const differences: Difference[] = [];
  for (const [index, word] of before.entries()) {
    const now = after[index] ?? '';
    if (word === now) continue;
    const name = before[index - 1] === '=' ? before[index - 2] : '';
    differences.push(difference(`${root} word ${index + 1}`, word, now, undefined, hasMoved, name));
  }
  return differences;
}

const maxWords = 200_000;

/** Words, and at odd places what separates them. A date is one word, whatever stands in it. */
function words(text: string): readonly string[] {
  const found: string[] = [];
  for (const [index, piece] of splitAtDates(text).entries()) {
    if (index % 2 === 1) found.push(`${found.pop() ?? ''}${piece}`);
    else {
      const [first = '', ...others] = piece.split(/([\s"'<>=&;,()[\]{}]+)/, maxWords);
      found.push(`${found.pop() ?? ''}${first}`, ...others);
    }
    if (found.length >= maxWords) break;
  }
  return found;
}

const shownBytes = 8;

/** The first byte that differs, and some behind it; sizes alone may be the same. */
function byteDifference(before: Buffer, after: Buffer, root: string): Difference {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  const shown = (bytes: Buffer): string => {
    const some = bytes.subarray(at, at + shownBytes);
    const hex = some.length === 0 ? 'the end' : (some.toString('hex').match(/../g) ?? []).join(' ');
    const more = at + some.length < bytes.length ? ' …' : '';
    return `${hex}${more} (of ${counted(bytes.length, 'bytes')})`;
  };
  return { where: `${root} byte ${at}`, recorded: shown(before), replayed: shown(after) };
}

function bytesOf(content: Content): Buffer {
  if (content.kind !== 'binary') return Buffer.from(content.text);
  return Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.byteLength);
}
