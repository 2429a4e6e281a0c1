import { stepCommands } from './commands/index.ts';

/** What Tab offers for a line: commands, then what the command offers behind its name. */
export function completeLine(line: string): [candidates: string[], typed: string] {
  const words = line.trimStart().split(/\s+/);
  const typed = words.at(-1) ?? '';
  const [first = ''] = words;
  if (words.length === 1)
    return [
      startingWith(
        stepCommands.map(({ name }) => name),
        typed,
      ),
      typed,
    ];
  const named = stepCommands.filter(({ name }) => name.startsWith(first));
  const [command] = named;
  if (command === undefined || named.length > 1 || words.length > 2) return [[], typed];
  return [startingWith(command.offers, typed), typed];
}

function startingWith(candidates: readonly string[], typed: string): string[] {
  return candidates.filter((candidate) => candidate.startsWith(typed));
}
