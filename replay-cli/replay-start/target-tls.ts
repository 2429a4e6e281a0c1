import { readFile } from 'node:fs/promises';
import { DvrError } from '../../errors/index.ts';
import type { TargetAddress } from '../../program/address.ts';
import type { FlagValues } from '../../program/flags.ts';
import type { TargetTls } from '../engine/client/target-socket.ts';
import type { ReplayStartFlags } from './flags.ts';

type Given = Pick<FlagValues<ReplayStartFlags>, 'targetCa' | 'targetServerName'>;

/** What https targets are believed by. Throws `usage` for a file that cannot be read, or where no target is https. */
export async function targetTls(given: Given, targets: readonly TargetAddress[]): Promise<TargetTls> {
  const { targetCa, targetServerName } = given;
  const where =
    targetCa !== undefined
      ? '--target-ca'
      : targetServerName !== undefined
        ? '--target-server-name'
        : undefined;
  if (where !== undefined && !targets.some(({ tls }) => tls)) {
    throw new DvrError('usage', `${where} means nothing here: no target is https`, {
      where,
      hint: 'Write --target https://HOST:PORT.',
    });
  }
  const ca = targetCa === undefined ? undefined : await readAuthorities(targetCa);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(targetServerName === undefined ? {} : { serverName: targetServerName }),
  };
}

async function readAuthorities(path: string): Promise<Buffer> {
  const pem = await readFile(path).catch((cause: unknown) => {
    throw new DvrError('usage', `${path} cannot be read`, { where: '--target-ca', cause });
  });
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new DvrError('usage', `${path} holds no certificate`, {
    where: '--target-ca',
    hint: 'It must be PEM: -----BEGIN CERTIFICATE-----',
  });
}
