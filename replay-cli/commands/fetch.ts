import { DvrError } from '../../errors/index.ts';
import { defineCommand } from '../../program/command.ts';
import { badValue, type Parse, value } from '../../program/flags.ts';
import { formatSize } from '../../program/quantity.ts';
import type { Surroundings } from '../../program/surroundings.ts';
import { parseTapeId, type TapeId } from '../../tape/tape-id.ts';
import { openVaultReader } from '../../vault/open-vault.ts';
import { counted } from '../counted.ts';
import { type WithheldVariable, withheldVariables } from '../environment/withheld.ts';
import { type FetchedTape, fetchTape } from '../fetch/fetch-tape.ts';
import { ProgressLine } from '../fetch/progress-line.ts';
import { namedVault, vaultFlag } from '../vault-flag.ts';

const tapeId: Parse<TapeId> = (text, where) => {
  const id = parseTapeId(text);
  if (id !== undefined) return id;
  throw badValue(where, text, 'the id of a tape', 'It looks like tape-id-7889A-crash; see `dvr-cli tapes`.');
};

export const command = defineCommand({
  name: 'fetch',
  about: 'Brings a tape from the vault onto this machine and checks every byte of it.',
  details:
    'The tape is found by its id alone. A fetch that was interrupted goes on with the parts that are still missing.',
  examples: [
    ['dvr-cli fetch tape-id-7889A-crash', 'from the vault of the configuration'],
    ['dvr-cli fetch tape-id-7889A-crash --vault "s3://tapes?region=eu-central-1"', 'from a bucket'],
  ],
  flags: { vault: vaultFlag },
  positionals: { tape: value('the id of the tape', 'TAPE', tapeId, { required: true }) },
  json: true,
  async run({ flags, positionals, folders, around, log, signal, print, json }) {
    const vault = await openVaultReader(namedVault(flags.vault, folders));
    const progress = new ProgressLine(around.stderr);
    let fetched: FetchedTape;
    try {
      const onProgress = (done: number, total: number): void => progress.show(done, total);
      const onLeft = (folder: string): void => log.info(`the parts that are whole wait in ${folder}`);
      const { tapes } = folders;
      fetched = await fetchTape({ vault, id: positionals.tape, tapes, signal, onProgress, onLeft });
    } catch (error) {
      throw signal.aborted ? interrupted(positionals.tape) : error;
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

function interrupted(id: TapeId): DvrError {
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
