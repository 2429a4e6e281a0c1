import type { RedisEndpoint } from '../../program/endpoint.ts';
import { ledgerKeys, type TunnelName } from '../names.ts';
import { requestRetentionMs } from '../retention.ts';
import { RedisClient } from './redis-client.ts';

/**
 * Publishes one sealed commit request of somebody who is no interceptor, with XADD and EXPIRE as those do. Throws
 * `ledger-out-of-reach` or `not-allowed`.
 */
export async function publishCommit(
  address: RedisEndpoint,
  tunnel: TunnelName,
  sealed: Buffer,
): Promise<void> {
  const client = new RedisClient(address);
  try {
    const key = ledgerKeys.commits(tunnel);
    // Before as well, so that a user who may not do it has asked for nothing when that is found.
    await client.call('EXPIRE', key, requestRetentionMs / 1000);
    await client.call('XADD', key, '*', 'r', sealed);
    await client.call('EXPIRE', key, requestRetentionMs / 1000);
  } finally {
    client.close();
  }
}
