import { createHash } from 'node:crypto';

/**
 * Verifies a chain of `entries` records, each of which carries the digest of the one before: what a stock ledger and a
 * signed price list have to go through. It is the real work of this shop, and takes as long as the chain is.
 */
export function verifyChain(name: string, entries: number): string {
  let digest = name;
  for (let entry = 0; entry < entries; entry++) {
    digest = createHash('sha256').update(`${entry} `).update(digest).digest('base64');
  }
  return digest;
}
