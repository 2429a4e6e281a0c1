import { type Document, isMap, isScalar, isSeq, visit } from 'yaml';

/**
 * Where the bracket or quote stands that a text never closes, as an offset, if that is why it stops being YAML at
 * `stop`: the parser tells of the place where it gave up, which may be lines behind. The innermost one.
 */
export function unclosedAt(text: string, document: Document.Parsed, stop: number): number | undefined {
  let opened: number | undefined;
  visit(document, {
    Node(_, node) {
      const range = node.range;
      if (range === null || range === undefined || range[1] !== stop) return;
      const closing = closingOf(node);
      const closed = range[1] - range[0] > 1 && text[range[1] - 1] === closing;
      if (closing !== undefined && !closed) opened = Math.max(opened ?? 0, range[0]);
    },
  });
  return opened;
}

function closingOf(node: unknown): string | undefined {
  if (isSeq(node)) return node.flow ? ']' : undefined;
  if (isMap(node)) return node.flow ? '}' : undefined;
  if (!isScalar(node)) return undefined;
  if (node.type === 'QUOTE_DOUBLE') return '"';
  return node.type === 'QUOTE_SINGLE' ? "'" : undefined;
}
