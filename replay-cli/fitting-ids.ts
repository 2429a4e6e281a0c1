import { DvrError } from '../errors/index.ts';
import type { TapeId } from '../tape/tape-id.ts';

/**
 * The one id of `all` that is `given`, or begins with it (with or without `tape-id-`, in any case); `undefined` where
 * none does.
 * @throws `tape-ambiguous` where a beginning fits several. `where` says where the user wrote it.
 */
export function fittingId(given: string, all: readonly TapeId[], where: string): TapeId | undefined {
  const exact = all.find((id) => id === given);
  if (exact !== undefined) return exact;
  const start = given.toLowerCase();
  const fitting = all.filter((id) =>
    [id, id.replace(/^tape-id-/, '')].some((name) => name.toLowerCase().startsWith(start)),
  );
  if (start === '' || fitting.length < 2) return start === '' ? undefined : fitting[0];
  const shown = fitting.slice(0, 5).join(', ') + (fitting.length > 5 ? ', …' : '');
  throw new DvrError('tape-ambiguous', `${given} fits ${fitting.length} tapes: ${shown}`, {
    where,
    hint: 'Name more of the id.',
  });
}
