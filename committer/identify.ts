import type { CommitRequest } from '../ledger/commit-request.ts';
import type { Claim } from '../ledger/port.ts';
import { type OpeningKey, purposeKey } from '../sealing/index.ts';
import { deriveTapeId, type TapeId } from '../tape/tape-id.ts';

/** The id of the tape that a claim makes: the same for each attempt and each committer with the same key. */
export function identifyTape(claim: Claim, oldest: CommitRequest, key: OpeningKey): TapeId {
  const kind = oldest.trigger === 'manual' ? 'manual' : 'crash';
  return deriveTapeId(purposeKey(key, 'tape id'), claim.ledgerKey, claim.oldest.entryId, kind);
}
