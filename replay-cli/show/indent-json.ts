/** Above this, characters, a text is left as it is. */
const limit = 1024 * 1024;

const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * Sets a JSON object or array out in lines, two spaces a level. Every token stays as it is written: numbers keep their
 * digits, and doubled names are all there. `undefined` for anything else.
 */
export function indentJson(text: string): string | undefined {
  if (text.length > limit || !/^\s*[[{]/.test(text) || !isJson(text)) return undefined;
  const tokens = text.match(tokenPattern) ?? [];
  let depth = 0;
  let indented = '';
  let last = '';
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (const token of tokens) {
    const empty = last === '{' || last === '[';
    if (token === '}' || token === ']') {
      depth--;
      indented += empty ? token : line() + token;
    } else {
      indented += (empty || last === ',' ? line() : '') + (token === ':' ? ': ' : token);
      if (token === '{' || token === '[') depth++;
    }
    last = token;
  }
  return indented;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
