import type { CommandEntry } from './command-entry.ts';

/**
 * All commands of `dvr-cli`, in the order of the help. Only the one that runs is loaded. Adding a command touches this
 * table and `commands/<its name with dashes>.ts`.
 */
export const commands: readonly CommandEntry[] = [
  {
    name: 'record',
    summary: 'record a local service, and make a tape when it fails',
    load: async () => (await import('./commands/record.ts')).command,
  },
  {
    name: 'tapes',
    summary: 'list the tapes of the vault and of this machine',
    load: async () => (await import('./commands/tapes.ts')).command,
  },
  {
    name: 'fetch',
    summary: 'bring a tape from the vault onto this machine',
    load: async () => (await import('./commands/fetch.ts')).command,
  },
  {
    name: 'show',
    summary: 'look at a tape: summary, timeline, one payload',
    load: async () => (await import('./commands/show.ts')).command,
  },
  {
    name: 'replay start',
    summary: 'replay a tape to a local service, on its own or step by step',
    load: async () => (await import('./commands/replay-start.ts')).command,
  },
  {
    name: 'commit',
    summary: 'ask for a tape by hand',
    load: async () => (await import('./commands/commit.ts')).command,
  },
  {
    name: 'keys create',
    summary: 'make the key pair of a ledger',
    load: async () => (await import('./commands/keys-create.ts')).command,
  },
  {
    name: 'tunnel lint',
    summary: 'check a StatefulTunnel',
    load: async () => (await import('./commands/tunnel-lint.ts')).command,
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionOf(commands),
  },
];
