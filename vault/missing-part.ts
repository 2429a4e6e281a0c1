import { DvrError } from '../errors/index.ts';
import type { TapeId } from '../tape/tape-id.ts';
import { manifestName } from './layout.ts';

/** What is said of a part that the vault does not have: without a manifest there is no tape yet. */
export function missingPart(id: TapeId, path: string): DvrError {
  if (path === manifestName) {
    return new DvrError('tape-not-found', `tape ${id} is not in the vault: its manifest is not written`, {
      where: `${id}/${path}`,
      hint: 'If it is being committed, try again in a minute; else see `dvr-cli tapes`.',
    });
  }
  return new DvrError('tape-damaged', `${path} is not in the vault, though the manifest names it`, {
    where: path,
    hint: 'The tape in the vault is broken; fetch another.',
  });
}
