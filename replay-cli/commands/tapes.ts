import { existsSync } from 'node:fs';
import { defineCommand } from '../../program/command.ts';
import { describeEndpoint } from '../../program/endpoint.ts';
import { anyText, value } from '../../program/flags.ts';
import { painter } from '../../program/paint.ts';
import { openVaultReader } from '../../vault/open-vault.ts';
import { type ListedTape, listLocal, listVault } from '../tapes/list-tapes.ts';
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
    const show = (tapes: readonly ListedTape[]): void => {
      if (json) print(JSON.stringify(tapes.map(tapeJson), null, 2));
      else if (tapes.length > 0) print(tapeTable(tapes, painter(color)));
      else
        around.stderr.write(`no tapes, neither in ${describeEndpoint(endpoint)} nor in ${folders.tapes}\n`);
    };
    // Without --vault there may be no vault at all on this machine.
    if (flags.vault === undefined && !existsSync(folders.vault)) {
      show(local);
      return undefined;
    }
    const vault = await openVaultReader(endpoint);
    try {
      show(await listVault(vault, local, flags.namespace));
    } catch (error) {
      show(local);
      throw error;
    } finally {
      await vault.close();
    }
    return undefined;
  },
});
