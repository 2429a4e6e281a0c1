/** A cookie of a `Cookie` or the first pair of a `Set-Cookie` field, with the span of its value. RFC 6265 section 4. */
export interface CookiePair {
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** The cookies of a `Cookie` field value. */
export function cookiePairs(field: string): readonly CookiePair[] {
  const pairs: CookiePair[] = [];
  for (let start = 0; start < field.length; ) {
    const mark = field.indexOf(';', start);
    const end = mark === -1 ? field.length : mark;
    const pair = pairIn(field, start, end);
    if (pair !== undefined) pairs.push(pair);
    start = end + 1;
  }
  return pairs;
}

/** The cookie that a `Set-Cookie` field value sets. */
export function setCookiePair(field: string): CookiePair | undefined {
  const mark = field.indexOf(';');
  return pairIn(field, 0, mark === -1 ? field.length : mark);
}

function pairIn(text: string, from: number, to: number): CookiePair | undefined {
  const equals = text.indexOf('=', from);
  if (equals === -1 || equals >= to) return undefined;
  const name = text.slice(from, equals).trim();
  let start = equals + 1;
  let end = to;
  while (start < end && text[start] === ' ') start++;
  while (end > start && text[end - 1] === ' ') end--;
  if (end - start >= 2 && text[start] === '"' && text[end - 1] === '"') {
    start++;
    end--;
  }
  return { name, value: text.slice(start, end), start, end };
}
