import { flagsOf, kebab } from '../../program/arguments.ts';
import { defineCommand } from '../../program/command.ts';
import { oneOf, value } from '../../program/flags.ts';
import type { CommandEntry } from '../command-entry.ts';
import { type Completable, completionScript, shells } from '../completion-script.ts';

/** The command that writes completions of these commands. */
export function completionOf(commands: readonly CommandEntry[]) {
  return defineCommand({
    name: 'completion',
    about: 'Prints a script that completes commands, flags and their values on Tab.',
    examples: [
      ['source <(dvr-cli completion bash)', 'bash, for this shell; in ~/.bashrc for every one'],
      ['source <(dvr-cli completion zsh)', 'zsh'],
      ['dvr-cli completion fish > ~/.config/fish/completions/dvr-cli.fish', 'fish'],
    ],
    flags: {},
    positionals: { shell: value('the shell', 'SHELL', oneOf(shells), { required: true, choices: shells }) },
    json: false,
    async run({ positionals: { shell }, around }) {
      const completable = await Promise.all(commands.map(completableOf));
      around.stdout.write(completionScript(shell, completable));
      return undefined;
    },
  });
}

async function completableOf({ name, summary, load }: CommandEntry): Promise<Completable> {
  const command = await load();
  const [first] = Object.values(command.positionals);
  const flags = Object.entries(flagsOf(command)).map(([key, { about, choices, shape, placeholder }]) => ({
    name: kebab(key),
    about,
    value: shape === 'value' || shape === 'list' ? placeholder : '',
    ...(choices === undefined ? {} : { choices }),
  }));
  return { name, summary, choices: first?.choices ?? [], takesTape: first?.placeholder === 'TAPE', flags };
}
