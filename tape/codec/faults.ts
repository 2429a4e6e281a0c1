import { DvrError } from '../../errors/index.ts';

const again = 'Fetch the tape again; if it stays so, the tape in the vault is broken.';

/** A part is not what its manifest or its index says. `part` is its path in the tape. */
export function damaged(part: string, why: string, cause?: unknown): DvrError {
  return new DvrError('tape-damaged', `${part} is damaged: ${why}`, { where: part, hint: again, cause });
}

/** Something that was never a tape. */
export function foreign(part: string, why: string): DvrError {
  return new DvrError('tape-foreign', `${part} is not of a tape: ${why}`, {
    where: part,
    hint: 'Name a tape, or the folder that holds its manifest.json.',
  });
}

/** A tape of a format that a later version of this program writes. */
export function tooNew(part: string, format: number, known: number): DvrError {
  return new DvrError(
    'tape-too-new',
    `${part} has tape format ${format}; this version reads up to ${known}`,
    {
      where: part,
      hint: 'Install a newer version of stateful-replay-tunnel.',
    },
  );
}

/** A part claims more than any tape may hold (see `limits.ts`). */
export function tooLarge(part: string, what: string, value: number, limit: number): DvrError {
  return new DvrError('tape-too-large', `${part} claims ${value} ${what}; a tape has at most ${limit}`, {
    where: part,
    hint: 'Do not trust this tape: no version of this program writes such a one.',
  });
}
