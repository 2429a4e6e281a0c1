import { DvrError, type ExitCode, exitCodes } from '../errors/index.ts';
import { painter } from './paint.ts';

/** Something thrown, in words that are safe to show. */
export interface FaultDescription {
  readonly text: string;
  readonly code: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
}

/**
 * Describes anything thrown. A `DvrError` is written for users. An error of the system (with `syscall`) names itself.
 * Of everything else only the kind is told, since its message may quote the data that it choked on (JSON.parse does).
 */
export function describeFault(thrown: unknown): FaultDescription {
  if (thrown instanceof DvrError) {
    return {
      text: thrown.message,
      code: thrown.code,
      where: thrown.where,
      hint: thrown.hint,
      exitCode: thrown.exitCode,
    };
  }
  const base = { where: undefined, exitCode: exitCodes.failed };
  if (isSystemError(thrown)) {
    return {
      ...base,
      text: `${thrown.syscall} failed: ${thrown.message}`,
      code: thrown.code,
      hint: undefined,
    };
  }
  return {
    ...base,
    text: `a defect of this program: ${kindOf(thrown)}`,
    code: 'defect',
    hint: 'Run it again with --debug and report what it shows.',
  };
}

/** The stack's frames without the message, for `--debug`; of the causes too. */
function stackOf(thrown: unknown): string {
  const blocks: string[] = [];
  for (let next = thrown; next instanceof Error && blocks.length < 5; next = next.cause) {
    const frames = (next.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    blocks.push([`${next.name}:`, ...frames].join('\n'));
  }
  return blocks.join('\ncaused by ');
}

export interface FaultStyle {
  readonly program: string;
  readonly json: boolean;
  readonly color: boolean;
  readonly debug: boolean;
}

/** What goes to stderr for something thrown: what happened, where, what to do; or one line of JSON. */
export function renderFault(thrown: unknown, style: FaultStyle): string {
  const { text, code, where, hint, exitCode } = describeFault(thrown);
  const stack = style.debug ? stackOf(thrown) : undefined;
  if (style.json) {
    return `${JSON.stringify({ error: { code, message: text, where, hint, exit_code: exitCode, stack } })}\n`;
  }
  const paint = painter(style.color);
  const lines = [`${paint('red', `${style.program}:`)} ${text}`];
  if (where !== undefined && !text.includes(where)) lines.push(`  at ${where}`);
  if (hint !== undefined) lines.push(`  ${paint('cyan', hint)}`);
  if (stack !== undefined) lines.push(paint('dim', stack));
  return `${lines.join('\n')}\n`;
}

function isSystemError(thrown: unknown): thrown is Error & { code: string; syscall: string } {
  return (
    thrown instanceof Error &&
    'syscall' in thrown &&
    typeof thrown.syscall === 'string' &&
    'code' in thrown &&
    typeof thrown.code === 'string'
  );
}

/** The engine's own words of these kinds hold names of the code and no data. */
const ownWords = new Set(['TypeError', 'RangeError', 'ReferenceError']);

function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `a thrown ${typeof thrown}`;
  return ownWords.has(thrown.name) ? `${thrown.name}: ${thrown.message}` : thrown.name;
}
