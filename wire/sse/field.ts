/** A line of an event stream that is no comment: `name`, and the value behind its colon, less one space. */
export interface EventStreamField {
  readonly name: string;
  readonly value: string;
  /** Where the value begins in the line. */
  readonly at: number;
}

/** The field that a line spells, without its end; `undefined` for an empty line and for a comment. */
export function fieldIn(line: string): EventStreamField | undefined {
  const colon = line.indexOf(':');
  if (line === '' || colon === 0) return undefined;
  if (colon === -1) return { name: line, value: '', at: line.length };
  const at = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
  return { name: line.slice(0, colon), value: line.slice(at), at };
}
