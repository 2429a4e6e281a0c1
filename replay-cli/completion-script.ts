/** One command as a shell completes it. */
export interface Completable {
  readonly name: string;
  readonly summary: string;
  /** What may stand as its first word, where that is one of a few. */
  readonly choices: readonly string[];
  /** Whether its first word names a tape. */
  readonly takesTape: boolean;
  readonly flags: readonly {
    readonly name: string;
    readonly about: string;
    /** What its value is: `TAPE`, `FILE`; empty where it takes none. */
    readonly value: string;
    readonly choices?: readonly string[];
  }[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A script that completes commands, flags, the values of flags that have a fixed set of them, and fetched tapes. */
export function completionScript(shell: Shell, commands: readonly Completable[]): string {
  if (shell === 'fish') return fish(commands);
  const script = bash(commands);
  return shell === 'bash'
    ? script
    : `#compdef dvr-cli kubectl-dvr\nautoload -U +X bashcompinit && bashcompinit\n${script}`;
}

/** Prints the ids of the fetched tapes, in any shell. */
const listTapes = `(cd "\${XDG_DATA_HOME:-$HOME/.local/share}/dvr/tapes" 2>/dev/null && ls -d tape-id-* 2>/dev/null)`;

/** Works in zsh as well, by way of its bashcompinit. */
function bash(commands: readonly Completable[]): string {
  const cases = commands.map(
    ({ name, choices, takesTape, flags }) =>
      `    ${quoted(name)}) candidates=${quoted([...choices, ...flags.map((flag) => `--${flag.name}`)].join(' '))}${takesTape ? '; tapes=yes' : ''} ;;`,
  );
  const values = choicesByFlag(commands).map(
    ([name, choices]) => `    --${name}) candidates=${quoted(choices.join(' '))} ;;`,
  );
  return `_dvr_cli() {
  local cur prev typed candidates tapes w
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  typed=""
  for w in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$w" in -*) break ;; esac
    typed="\${typed:+$typed }$w"
  done
  candidates="" tapes=""
  case "$prev" in
${values.join('\n')}
    ${named(commands, ({ value }) => value === 'TAPE')}) tapes=yes; candidates=" " ;;
    ${named(commands, isFreeText)}) compopt +o default 2>/dev/null; COMPREPLY=(); return ;;
  esac
  if [ -z "$candidates" ]; then
    case "$typed" in
${cases.map((line) => `  ${line}`).join('\n')}
${groupCases(commands).join('\n')}
    esac
  fi
  if [ -n "$tapes" ]; then case "$cur" in -*) ;; *) candidates="$${listTapes} $candidates" ;; esac; fi
  COMPREPLY=()
  for w in $(compgen -W "$candidates" -- "$cur"); do COMPREPLY+=("$w"); done
}
complete -o default -F _dvr_cli dvr-cli kubectl-dvr
`;
}

/** What may follow nothing, and what may follow the first word of commands of two. */
function groupCases(commands: readonly Completable[]): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ');
    groups.set('', (groups.get('') ?? new Set()).add(first));
    if (second !== undefined) groups.set(first, (groups.get(first) ?? new Set()).add(second));
  }
  return [...groups].map(
    ([typed, next]) => `      ${quoted(typed)}) candidates=${quoted([...next].join(' '))} ;;`,
  );
}

type CompletableFlag = Completable['flags'][number];

/** Names of flags as a pattern of `case`. */
function named(commands: readonly Completable[], wanted: (flag: CompletableFlag) => boolean): string {
  const names = commands.flatMap(({ flags }) => flags.filter(wanted).map(({ name }) => `--${name}`));
  return [...new Set(names)].join('|');
}

/** Whether nothing can be offered for the value of a flag: it has no choices, and names neither a file nor a tape. */
function isFreeText({ value, choices }: CompletableFlag): boolean {
  return value !== '' && choices === undefined && value !== 'FILE' && value !== 'TAPE';
}

function choicesByFlag(commands: readonly Completable[]): [string, readonly string[]][] {
  const found = new Map<string, readonly string[]>();
  for (const flag of commands.flatMap((command) => command.flags)) {
    if (flag.choices !== undefined) found.set(flag.name, flag.choices);
  }
  return [...found];
}

function fish(commands: readonly Completable[]): string {
  const lines: string[] = ['complete -c dvr-cli -f', 'complete -c kubectl-dvr -w dvr-cli'];
  const firsts = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
  for (const first of firsts) {
    const only = commands.find(({ name }) => name === first);
    const about = only === undefined ? '' : ` -d ${quoted(only.summary)}`;
    lines.push(`complete -c dvr-cli -n __fish_use_subcommand -a ${quoted(first)}${about}`);
  }
  for (const { name, summary, choices: firstWords, takesTape, flags } of commands) {
    const [first = '', second] = name.split(' ');
    const seen = `__fish_seen_subcommand_from ${first}`;
    if (second !== undefined) {
      lines.push(
        `complete -c dvr-cli -n ${quoted(`${seen}; and not __fish_seen_subcommand_from ${second}`)} -a ${quoted(second)} -d ${quoted(summary)}`,
      );
    }
    const condition = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`;
    if (firstWords.length > 0) {
      lines.push(`complete -c dvr-cli -n ${quoted(condition)} -a ${quoted(firstWords.join(' '))}`);
    }
    if (takesTape) lines.push(`complete -c dvr-cli -n ${quoted(condition)} -a ${quoted(fishTapes)}`);
    for (const flag of flags) {
      const choices = fishValues(flag);
      lines.push(
        `complete -c dvr-cli -n ${quoted(condition)} -l ${flag.name}${choices} -d ${quoted(flag.about)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

const fishTapes = `(sh -c '${listTapes}')`;

function fishValues({ value, choices }: CompletableFlag): string {
  if (choices !== undefined) return ` -x -a ${quoted(choices.join(' '))}`;
  if (value === 'TAPE') return ` -x -a ${quoted(fishTapes)}`;
  if (value === '') return '';
  return value === 'FILE' ? ' -r -F' : ' -x';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
