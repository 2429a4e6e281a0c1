import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where a user's own files lie (XDG Base Directory Specification 0.8). */
export interface Folders {
  /** Holds `config.yaml`. */
  readonly config: string;
  /** Fetched tapes, one folder each. */
  readonly tapes: string;
  /** The embedded vault. */
  readonly vault: string;
  /** History of step mode. */
  readonly state: string;
}

export function xdgFolders(env: Readonly<Record<string, string | undefined>>): Folders {
  const home = env.HOME || homedir();
  // The specification wants relative paths in these variables ignored.
  const base = (name: string, fallback: string): string => {
    const given = env[name];
    return join(given !== undefined && isAbsolute(given) ? given : join(home, fallback), 'dvr');
  };
  const data = base('XDG_DATA_HOME', '.local/share');
  return {
    config: base('XDG_CONFIG_HOME', '.config'),
    tapes: join(data, 'tapes'),
    vault: join(data, 'vault'),
    state: base('XDG_STATE_HOME', '.local/state'),
  };
}
