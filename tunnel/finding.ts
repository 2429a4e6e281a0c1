/** Something about a tunnel's text that its author should know. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** `spec.triggers[0].on_status`; empty for the whole text. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/** `tunnel.yaml:14:7 spec.triggers[0].on_status` */
export function placeOf(file: string, { line, column, path }: Finding): string {
  return `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}`;
}

/** A path as people write it. */
export function pathText(path: readonly PropertyKey[]): string {
  let written = '';
  for (const step of path) {
    if (typeof step === 'number') written += `[${step}]`;
    else written += written === '' ? String(step) : `.${String(step)}`;
  }
  return written;
}
