import type { Paint } from '../../program/paint.ts';
import type { Stepper } from './stepper.ts';

/** What a command may use. */
export interface StepContext {
  readonly stepper: Stepper;
  /** The words behind the command. */
  readonly words: readonly string[];
  /** The same as one text. */
  readonly rest: string;
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
}

/** One command of step mode. */
export interface StepCommand {
  readonly name: string;
  /** As in the help: `next [N]`. Each form of it with what it does. */
  readonly forms: readonly (readonly [form: string, about: string])[];
  /** What Tab offers behind the name. */
  readonly offers: readonly string[];
  /** Throws `DvrError` of code `usage` for words that it cannot read. */
  run(context: StepContext): Promise<void>;
}
