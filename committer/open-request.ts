import { DvrError } from '../errors/index.ts';
import type { CommitRequest } from '../ledger/commit-request.ts';
import { parseCommitRequest } from '../ledger/parse-commit-request.ts';
import type { CommitRequestEntry } from '../ledger/port.ts';
import { type OpeningKey, openMessage } from '../sealing/index.ts';

/** Opens and reads one commit request of `ledgerKey`. Throws `sealed-unreadable`. */
export function openRequest(entry: CommitRequestEntry, ledgerKey: string, key: OpeningKey): CommitRequest {
  return parseCommitRequest(openMessage(entry.sealed, ledgerKey, key));
}

/** Opens what can be opened, one request for each message that a trigger fired on; the rest is counted. */
export function openRequests(
  entries: readonly CommitRequestEntry[],
  ledgerKey: string,
  key: OpeningKey,
): { readonly requests: readonly CommitRequest[]; readonly unreadable: number } {
  const requests = new Map<string, CommitRequest>();
  let unreadable = 0;
  for (const entry of entries) {
    try {
      const request = openRequest(entry, ledgerKey, key);
      const { instance, connection, message, trigger } = request;
      const name =
        connection === undefined ? entry.entryId : [instance, connection, message, trigger].join(' ');
      if (!requests.has(name)) requests.set(name, request);
    } catch (error) {
      if (!(error instanceof DvrError)) throw error;
      unreadable++;
    }
  }
  return { requests: [...requests.values()], unreadable };
}
