import type { Command } from '../program/command.ts';

/** A command as the table knows it: enough to list it, and how to load the rest. */
export interface CommandEntry {
  /** As the user types it, words apart by one space. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}
