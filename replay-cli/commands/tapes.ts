import { existsSync } from 'node:fs';
import { defineCommand } from '../../program/command.ts';
import { describeEndpoint } from '../../program/endpoint.ts';
import { anyText, value } from '../../program/flags.ts';
import { painter } from '../../program/paint.ts';
import { openVaultReader } from '../../vault/open-vault.ts';
import type { VaultReader } from '../../vault/port.ts';
import { type ListedTape, listLocal, listVault, namespacesOf } from '../tapes/list-tapes.ts';
import { tapeJson, tapeTable } from '../tapes/tape-table.ts';
import { namedVault, vaultFlag } from '../vault-flag.ts';

export const command = defineCommand({
  name: 'tapes',
  about: 'Lists the tapes of the vault and those that were fetched onto this machine, newest first.',
  details: 'What a tape holds is told of the newest fifty and of those that are here.',
  examples: [
    ['dvr-cli tapes', 'all of them'],
    ['dvr-cli tapes --namespace payment-services --json', 'of one namespace, for a program'],
  ],
  flags: {
    vault: vaultFlag,
    namespace: value('only tapes of this namespace', 'NAME', anyText),
  },
  positionals: {},
  json: true,
  async run({ flags, folders, around, print, json, color }) {
    const endpoint = namedVault(flags.vault, folders);
    const local = await listLocal(folders.tapes, flags.namespace);
    const show = async (tapes: readonly ListedTape[], vault?: VaultReader): Promise<void> => {
      if (json) print(JSON.stringify(tapes.map(tapeJson), null, 2));
      else if (tapes.length > 0) print(tapeTable(tapes, painter(color)));
      else {
        const there = flags.namespace === undefined ? [] : await namespacesOf(folders.tapes, vault);
        around.stderr.write(
          there.length > 0
            ? `no tapes of namespace ${flags.namespace}; there are ${there.join(', ')}\n`
            : `no tapes, neither in ${describeEndpoint(endpoint)} nor in ${folders.tapes}\n`,
        );
      }
    };
    // Without --vault there may be no vault at all on this machine.
    if (flags.vault === undefined && !existsSync(folders.vault)) {
      await show(local);
      return undefined;
    }
    const vault = await openVaultReader(endpoint);
    try {
      const listed = await listVault(vault, local, flags.namespace).catch(async (error: unknown) => {
        // That there are none could not be told.
        if (local.length > 0) await show(local);
        throw error;
      });
      await show(listed, vault);
    } finally {
      await vault.close();
    }
    return undefined;
  },
});
