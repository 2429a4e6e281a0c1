import { flagsOf, kebab } from '../../program/arguments.ts';
import { defineCommand } from '../../program/command.ts';
import { oneOf, value } from '../../program/flags.ts';
import { completionScript, shells } from '../completion-script.ts';

export const command = defineCommand({
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
  async run({ positionals, around }) {
    // The table imports this file, so it is asked for only now.
    const { commands } = await import('../commands.ts');
    const completable = await Promise.all(
      commands.map(async ({ name, summary, load }) => {
        const command = await load();
        const [first] = Object.values(command.positionals);
        const flags = Object.entries(flagsOf(command)).map(([key, { about, choices }]) => ({
          name: kebab(key),
          about,
          ...(choices === undefined ? {} : { choices }),
        }));
        return { name, summary, choices: first?.choices ?? [], flags };
      }),
    );
    around.stdout.write(completionScript(positionals.shell, completable));
    return undefined;
  },
});
