import Table from 'cli-table3';
import type { Paint } from '../../program/paint.ts';
import { printable } from '../show/printable.ts';
import type { ListedTape } from './list-tapes.ts';

/** The list as a table without frames: one line a tape. */
export function tapeTable(tapes: readonly ListedTape[], paint: Paint): string {
  const none = '';
  const table = new Table({
    head: ['TAPE', 'NAMESPACE', 'WRITTEN', 'EXCHANGES', 'TRIGGER', 'WHERE'].map((text) =>
      paint('bold', text),
    ),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      ...{ top: none, 'top-mid': none, 'top-left': none, 'top-right': none },
      ...{ bottom: none, 'bottom-mid': none, 'bottom-left': none, 'bottom-right': none },
      ...{
        left: none,
        'left-mid': none,
        mid: none,
        'mid-mid': none,
        right: none,
        'right-mid': none,
        middle: none,
      },
    },
  });
  for (const tape of tapes) table.push(cells(tape, paint));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A list as JSON: what the table has, unabridged. */
export function tapeJson(tape: ListedTape): object {
  const { id, namespace, writtenAt, inVault, folder, manifest, fault } = tape;
  return {
    id,
    namespace,
    written: new Date(writtenAt).toISOString(),
    in_vault: inVault,
    ...(folder === undefined ? {} : { folder }),
    ...(fault === undefined ? {} : { fault }),
    ...(manifest === undefined
      ? {}
      : {
          tunnel: manifest.tunnel,
          primary: manifest.primary,
          counts: manifest.counts,
          triggers: manifest.triggers,
        }),
  };
}

function cells(tape: ListedTape, paint: Paint): string[] {
  const { id, namespace, writtenAt, manifest } = tape;
  return [
    id,
    printable(namespace),
    new Date(writtenAt).toISOString().slice(0, 19).replace('T', ' '),
    manifest === undefined ? '' : `${manifest.counts.exchanges}`,
    trigger(tape, paint),
    [tape.inVault ? 'vault' : '', tape.folder === undefined ? '' : 'here'].filter(Boolean).join(', '),
  ];
}

function trigger({ manifest, fault }: ListedTape, paint: Paint): string {
  if (fault !== undefined) return paint('red', fault);
  const [first, ...others] = manifest?.triggers ?? [];
  if (first === undefined) return '';
  return (
    printable(first.fingerprint).trim() +
    (others.length === 0 ? '' : paint('dim', ` and ${others.length} more`))
  );
}
