import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { Finding } from './finding.ts';
import { unclosedAt } from './unclosed.ts';

/** Bytes of a tunnel's text; a Kubernetes object cannot be larger either. */
const textLimit = 1024 * 1024;
const aliasLimit = 100;

/** A parsed text that knows where its fields stand. */
export interface TunnelDocument {
  readonly value: unknown;
  /** Where the value at `path` stands or, of one that is not there, what would hold it. */
  place(path: readonly PropertyKey[]): { line: number; column: number };
  /** Where the key at the end of `path` stands. */
  keyPlace(path: readonly PropertyKey[]): { line: number; column: number };
}

/** Parses YAML 1.2, of which JSON is a part. `what` it should hold, with its article. */
export function parseTunnelDocument(text: string, what: string): TunnelDocument | Finding {
  const whole = { severity: 'error', path: '', line: 1, column: 1 } as const;
  if (text.length > textLimit) return { ...whole, message: 'the text is over 1 MiB' };
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const [document, second] = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      logLevel: 'error',
    });
    if (document === undefined || !('contents' in document) || document.contents === null) {
      return { ...whole, message: 'the text holds nothing', hint: `Write ${what} into it.` };
    }
    const error = document.errors[0] ?? second?.errors[0];
    if (error !== undefined) {
      const opened = unclosedAt(text, document, error.pos[0]);
      return opened === undefined
        ? { ...whole, ...at(error.pos[0]), message: `this is not valid YAML: ${error.message}` }
        : { ...whole, ...at(opened), message: `this is not valid YAML: ${text[opened]} is never closed` };
    }
    if (second !== undefined) {
      return { ...whole, ...at(second.range[0]), message: 'the text holds more than one document' };
    }
    return withPlaces(document, document.toJS({ maxAliasCount: aliasLimit }), at);
  } catch (thrown) {
    // The parser recurses, and expands aliases: what it cannot hold comes as one of these two.
    if (thrown instanceof RangeError) return { ...whole, message: 'the text is nested too deeply' };
    if (thrown instanceof ReferenceError)
      return { ...whole, message: 'aliases expand to too much, or to themselves' };
    throw thrown;
  }
}

function withPlaces(
  document: Document,
  value: unknown,
  at: (offset: number) => { line: number; column: number },
): TunnelDocument {
  const start = document.contents?.range?.[0] ?? 0;
  const nodeAt = (path: readonly PropertyKey[]): Node | undefined => {
    const node = document.getIn(path, true);
    return isNode(node) ? node : undefined;
  };
  const place = (path: readonly PropertyKey[]) => {
    for (let length = path.length; length > 0; length--) {
      const offset = nodeAt(path.slice(0, length))?.range?.[0];
      if (offset !== undefined) return at(offset);
    }
    return at(start);
  };
  return {
    value,
    place,
    keyPlace: (path) => {
      const parent = path.length === 1 ? document.contents : nodeAt(path.slice(0, -1));
      const last = path.at(-1);
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && key.value === last)
        : undefined;
      const offset = isNode(pair?.key) ? pair.key.range?.[0] : undefined;
      return offset === undefined ? place(path) : at(offset);
    },
  };
}
