import { RE2JS, RE2JSException } from 're2js';

/** Why a regex of the user's is none, said of it, or `undefined`. RE2 has no lookaround and no back-references: so none can hang. */
export function findRegexFault(regex: string): { message: string; hint?: string } | undefined {
  try {
    RE2JS.compile(regex);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof RE2JSException)) throw thrown;
    const message = `is not valid: ${thrown.message.replace(/^error parsing regexp: /, '')}`;
    const foreign = /\(\?[=!<]|\\[1-9]/.test(regex);
    return foreign
      ? { message, hint: 'RE2 has no lookaround and no back-references; match and keep groups instead.' }
      : { message };
  }
}

export function matchesNothingAtAll(regex: string): boolean {
  return !canMatch(RE2JS.compile(regex).re2Input.prog);
}

export function matchesEmptyText(regex: string): boolean {
  return RE2JS.compile(regex).matcher('').matches();
}

/** The operations of a compiled RE2 program that matter here; the numbers are re2js' (`Inst`). */
const op = {
  alternative: 1,
  alternativeMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nop: 7,
} as const;
const beginText = 4;
const endText = 8;

interface Program {
  readonly inst: readonly {
    readonly op: number;
    readonly out: number;
    readonly arg: number;
    readonly runes: ArrayLike<number>;
  }[];
  readonly start: number;
}

/**
 * Whether some text leads through the program to a match: no way does that needs a character before the text's start
 * or behind its end, or one of an empty class.
 */
function canMatch({ inst, start }: Program): boolean {
  const waiting: [pc: number, consumed: boolean, atEnd: boolean][] = [[start, false, false]];
  const seen = new Set<string>();
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const [pc, consumed, atEnd] = state;
    const instruction = inst[pc];
    if (instruction === undefined || seen.has(state.join())) continue;
    seen.add(state.join());
    const { out, arg, runes } = instruction;
    switch (instruction.op) {
      case op.match:
        return true;
      case op.fail:
        break;
      case op.alternative:
      case op.alternativeMatch:
        waiting.push([out, consumed, atEnd], [arg, consumed, atEnd]);
        break;
      case op.capture:
      case op.nop:
        waiting.push([out, consumed, atEnd]);
        break;
      case op.emptyWidth:
        if (!(consumed && (arg & beginText) !== 0))
          waiting.push([out, consumed, atEnd || (arg & endText) !== 0]);
        break;
      default: {
        const emptyClass = instruction.op === 8 && runes.length === 0;
        if (!atEnd && !emptyClass) waiting.push([out, true, false]);
      }
    }
  }
  return false;
}
