/** One replacement in a text: half-open span in UTF-16 units (or bytes, for bytes), and what stands there then. */
export interface Edit<T = string> {
  readonly start: number;
  readonly end: number;
  readonly put: T;
}

/** Applies edits that do not overlap, in any order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of inOrder(edits)) {
    result += text.slice(at, edit.start) + edit.put;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Edits of a text as edits of its UTF-8 bytes. */
export function byteEdits(text: string, edits: readonly Edit[]): readonly Edit<Uint8Array>[] {
  let at = 0;
  let bytes = 0;
  return inOrder(edits).map((edit) => {
    const start = bytes + Buffer.byteLength(text.slice(at, edit.start));
    const end = start + Buffer.byteLength(text.slice(edit.start, edit.end));
    at = edit.end;
    bytes = end;
    return { start, end, put: Buffer.from(edit.put) };
  });
}

/**
 * Where a border between bytes stands after the edits, which are in order. A border inside an edit moves to its end, so
 * that what was cut there is cut behind the new value.
 */
export function movedBorder(border: number, edits: readonly Edit<Uint8Array>[]): number {
  let shift = 0;
  for (const edit of edits) {
    if (border <= edit.start) break;
    const after = edit.start + shift + edit.put.length;
    if (border < edit.end) return after;
    shift += edit.put.length - (edit.end - edit.start);
  }
  return border + shift;
}

function inOrder<T>(edits: readonly Edit<T>[]): readonly Edit<T>[] {
  return [...edits].sort((a, b) => a.start - b.start);
}
