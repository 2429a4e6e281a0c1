import { DvrError } from '../../errors/index.ts';
import { defineCommand } from '../../program/command.ts';
import { badValue, type Parse, value } from '../../program/flags.ts';
import { formatSize } from '../../program/quantity.ts';
import type { Surroundings } from '../../program/surroundings.ts';
import { parseTapeId, type TapeId } from '../../tape/tape-id.ts';
import { openVaultReader } from '../../vault/open-vault.ts';
import type { VaultReader } from '../../vault/port.ts';
import { counted } from '../counted.ts';
import { type WithheldVariable, withheldVariables } from '../environment/withheld.ts';
import { type FetchedTape, fetchTape } from '../fetch/fetch-tape.ts';
import { ProgressLine } from '../fetch/progress-line.ts';
import { fittingId } from '../fitting-ids.ts';
import { namedVault, vaultFlag } from '../vault-flag.ts';

/** A whole id, or a beginning of one, with or without `tape-id-`. */
const tapeName: Parse<string> = (text, where) => {
  if (/^(tape-id-)?[0-9a-z]{1,32}(-[a-z]{0,16})?$/i.test(text)) return text;
  throw badValue(where, text, 'the id of a tape', 'It looks like tape-id-7889A-crash; see `dvr-cli tapes`.');
};

export const command = defineCommand({
  name: 'fetch',
  about: 'Brings a tape from the vault onto this machine and checks every byte of it.',
  details:
    'The tape is found by its id alone; a beginning is looked up in the list of the vault.\nA fetch that was interrupted goes on with the parts that are still missing.',
  examples: [
    ['dvr-cli fetch tape-id-7889A-crash', 'from the vault of the configuration'],
    ['dvr-cli fetch tape-id-7889A-crash --vault "s3://tapes?region=eu-central-1"', 'from a bucket'],
  ],
  flags: { vault: vaultFlag },
  positionals: { tape: value('the id of the tape, or its beginning', 'TAPE', tapeName, { required: true }) },
  json: true,
  async run({ flags, positionals, folders, around, log, signal, print, json }) {
    const vault = await openVaultReader(namedVault(flags.vault, folders));
    const progress = new ProgressLine(around.stderr);
    let fetched: FetchedTape;
    let id: TapeId | undefined;
    try {
      const onProgress = (done: number, total: number): void => progress.show(done, total);
      id = await idInVault(vault, positionals.tape);
      const onLeft = (folder: string): void => log.info(`the parts that are whole wait in ${folder}`);
      const { tapes } = folders;
      fetched = await fetchTape({ vault, id, tapes, signal, onProgress, onLeft });
    } catch (error) {
      throw signal.aborted ? interrupted(id ?? positionals.tape) : error;
    } finally {
      progress.clear();
      await vault.close();
    }
    const withheld = withheldVariables(around.env);
    if (json) {
      print(JSON.stringify(report(fetched, withheld)));
      return undefined;
    }
    print('Fetching payload sequence... Done.');
    print('Sanitizing local environment variables... Done.');
    tell(around.stderr, fetched, withheld);
    return undefined;
  },
});

/** The whole id. Only a beginning needs the right to list the vault. */
async function idInVault(vault: VaultReader, given: string): Promise<TapeId> {
  const id = parseTapeId(given);
  if (id !== undefined && (/-[a-z]+$/.test(id) || (await vault.locate(id)) !== undefined)) return id;
  const ids: TapeId[] = [];
  for await (const listing of vault.list()) ids.push(listing.id);
  const found = fittingId(given, ids, 'TAPE');
  if (found !== undefined) return found;
  throw new DvrError('tape-not-found', `the vault has no tape ${given}`, {
    where: 'TAPE',
    hint: 'Look at the id and at --vault; `dvr-cli tapes` lists what is there.',
  });
}

function interrupted(id: string): DvrError {
  return new DvrError('output-failed', `the fetch of ${id} was interrupted; nothing of it is in use`, {
    hint: 'Run it again: parts that are whole are not fetched twice.',
  });
}

function report({ folder, manifest }: FetchedTape, withheld: readonly WithheldVariable[]): object {
  return { id: manifest.id, namespace: manifest.namespace, folder, parts: manifest.parts, withheld };
}

function tell(
  stderr: Surroundings['stderr'],
  { folder, manifest }: FetchedTape,
  withheld: readonly WithheldVariable[],
): void {
  const { counts, parts } = manifest;
  const size = formatSize(parts.reduce((sum, { bytes }) => sum + bytes, 0));
  stderr.write(
    `${counted(counts.exchanges, 'exchanges')} in ${parts.length} parts of ${size}, verified: ${folder}\n`,
  );
  if (withheld.length === 0) return;
  stderr.write('Of your own environment, a service started by a replay will not get:\n');
  const width = Math.max(...withheld.map(({ name }) => name.length));
  for (const { name, why } of withheld) stderr.write(`  ${name.padEnd(width)}  ${why}\n`);
  stderr.write('Let one through with --env NAME, or set it with --env NAME=VALUE.\n');
}
