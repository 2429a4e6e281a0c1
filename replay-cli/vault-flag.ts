import { parseVaultUrl, type VaultEndpoint } from '../program/endpoint.ts';
import { value } from '../program/flags.ts';
import type { Folders } from '../program/folders.ts';

/** `--vault`, of every command that reads one. */
export const vaultFlag = value(
  'where tapes are kept; without it the vault of `dvr-cli record` on this machine',
  'URL',
  parseVaultUrl,
);

/** The vault that the flag names, or the embedded one. */
export function namedVault(given: VaultEndpoint | undefined, folders: Folders): VaultEndpoint {
  return given ?? { kind: 'file', path: folders.vault };
}
