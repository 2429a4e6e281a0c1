import { createHmac } from 'node:crypto';

/** `tape-id-7889A…-crash`: safe as a path segment, an object key and a Kubernetes name's part. */
export type TapeId = string & { readonly __brand: 'TapeId' };

const shape = /^tape-id-[0-9A-Z]{4,32}(-[a-z]{1,16})?$/;
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const characters = 12;

/**
 * The id of the tape that a commit request makes: an HMAC-SHA-256, under a key of the committer, of the ledger key and
 * the entry id of the first request that it joins; 60 bits of it, so that a second attempt has the same id.
 */
export function deriveTapeId(
  key: Uint8Array,
  ledgerKey: string,
  entryId: string,
  kind: 'crash' | 'manual',
): TapeId {
  const digest = createHmac('sha256', key).update(`${ledgerKey}\n${entryId}`).digest();
  let text = '';
  let bits = digest.readBigUInt64BE(0);
  for (let i = 0; i < characters; i++) {
    text += crockford[Number(bits & 31n)];
    bits >>= 5n;
  }
  return `tape-id-${text}-${kind}` as TapeId;
}

/** Parses what a user or a vault named; `undefined` where it is no tape id (and so no safe path segment). */
export function parseTapeId(text: string): TapeId | undefined {
  return shape.test(text) ? (text as TapeId) : undefined;
}
