/** Tells what happens in the demo. */
export interface Narrator {
  readonly say: (text: string) => void;
  /** Begins the next of the numbered steps. */
  readonly step: (text: string) => void;
  /** A command and what it printed. */
  readonly show: (command: string, output: string) => void;
}

export function narrator(): Narrator {
  let steps = 0;
  const say = (text: string): void => console.log(text);
  return {
    say,
    step: (text) => say(`\n${++steps}. ${text}`),
    show: (command, output) => say(`$ ${command}\n${output.trimEnd()}`),
  };
}
