import { flagsOf, kebab } from './arguments.ts';
import type { Command } from './command.ts';
import type { Flag } from './flags.ts';
import type { Paint } from './paint.ts';

/** The text of `--help`. `program` is what the user typed before the command: `dvr-cli`, `kubectl dvr`, or nothing. */
export function helpText(command: Command, program: string, paint: Paint): string {
  const name = program === '' ? command.name : `${program} ${command.name}`;
  const positionals = Object.entries(command.positionals).map(([key, flag]) => positionalForm(key, flag));
  const sections = [
    `${command.about}`,
    `${paint('bold', 'Usage')}\n  ${[name, ...positionals, '[flags]'].join(' ')}`,
    ...(command.details === undefined ? [] : [command.details.trim()]),
    ...table(
      paint,
      'Arguments',
      Object.entries(command.positionals).map(([key, flag]) => [kebab(key).toUpperCase(), aboutOf(flag)]),
    ),
    ...table(
      paint,
      'Flags',
      Object.entries(flagsOf(command)).map(([key, flag]) => [flagForm(key, flag), aboutOf(flag)]),
    ),
    `${paint('bold', 'Examples')}\n${command.examples.map(([line, about]) => `  ${paint('dim', `# ${about}`)}\n  ${line}`).join('\n')}`,
    'Every flag can also be set by a variable (--log-level: DVR_LOG_LEVEL) or in dvr/config.yaml (log-level: debug).',
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Two columns under a heading; nothing where there are no rows. */
export function table(paint: Paint, heading: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.min(32, Math.max(...rows.map(([left]) => left.length)));
  const lines = rows.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
  return [`${paint('bold', heading)}\n${lines.join('\n')}`];
}

function flagForm(key: string, flag: Flag<unknown>): string {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const placeholder = flag.placeholder === '' ? '' : ` ${flag.placeholder}`;
  return `${short}--${kebab(key)}${placeholder}`;
}

function positionalForm(key: string, flag: Flag<unknown>): string {
  const name = `${kebab(key).toUpperCase()}${flag.shape === 'list' ? '...' : ''}`;
  return flag.required ? name : `[${name}]`;
}

function aboutOf(flag: Flag<unknown>): string {
  const notes: string[] = [];
  if (flag.required) notes.push('required');
  if (flag.shape === 'list') notes.push('may be repeated');
  if (flag.choices !== undefined) notes.push(flag.choices.join(', '));
  if (flag.default !== undefined) notes.push(`default ${flag.default}`);
  return notes.length === 0 ? flag.about : `${flag.about} (${notes.join('; ')})`;
}
