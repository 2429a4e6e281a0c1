/** Where commands come from, and how the screen makes way for what is told between them. */
export interface CommandLines extends Disposable {
  /** The next line; `undefined` at the end of the input. */
  read(): Promise<string | undefined>;
  /** Writes whole lines. */
  write(text: string): void;
  /** Whether nobody sits at it: the first fault then ends step mode. */
  readonly isScript: boolean;
  /** Ctrl-C at an idle prompt. */
  interrupt(): void;
}

export const prompt = 'dvr> ';
