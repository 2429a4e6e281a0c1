import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { request } from 'undici';

/** What is asked of the bank, in this order, on one connection; the last fails. */
const asked: readonly (readonly [path: string, content: object])[] = [
  ['/accounts', { owner: 'Ada', amount: 500 }],
  ['/accounts', { owner: 'Grace', amount: 40 }],
  ['/accounts/2/deposits', { amount: 100 }],
  ['/transfers', { from: 2, to: 3, amount: 400 }],
  ['/accounts/3/deposits', { amount: 75 }],
  ['/accounts/2/deposits', { amount: 7 }],
  ['/transfers', { from: 3, to: 2, amount: 250 }],
  ['/close', {}],
];

/** How many payloads a visit makes. */
export const visitLength: number = asked.length;

/** Visits the bank; gives the hash of its rows before the first payload and after each. */
export async function visitBank(address: string, database: string): Promise<readonly string[]> {
  const hashes = [await hashOfRows(database)];
  for (const [path, content] of asked) {
    const headers = { 'content-type': 'application/json' };
    const response = await request(`${address}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(content),
    });
    await response.body.dump();
    hashes.push(await hashOfRows(database));
  }
  return hashes;
}

/** SHA-256 over every row of the bank's tables, and the numbers that the next rows will get. */
export async function hashOfRows(database: string): Promise<string> {
  const client = new Client(database);
  await client.connect();
  try {
    const hash = createHash('sha256');
    for (const from of ['account', 'journal', 'account_id_seq', 'journal_id_seq']) {
      const { rows } = await client.query(`SELECT * FROM ${from} ORDER BY 1`);
      hash.update(JSON.stringify([from, rows]));
    }
    return hash.digest('hex');
  } finally {
    await client.end();
  }
}
