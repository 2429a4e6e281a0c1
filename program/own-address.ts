import { networkInterfaces } from 'node:os';
import { DvrError } from '../errors/index.ts';
import type { ListenAddress, TargetAddress } from './address.ts';

/** Throws `usage` where what listens at `listen` would have itself for its target: every request would go round for ever. */
export function refuseOwnAddress(listen: ListenAddress, target: TargetAddress): void {
  if (listen.port === 0 || listen.port !== target.port || !takesFor(listen.host, target.host)) return;
  throw new DvrError('usage', `--target ${target.url} is where --listen takes connections`, {
    where: '--target',
    hint: 'Give --listen another port than the service has, and send your requests there.',
  });
}

/** Whether a listener on `listening` (`undefined`: everywhere) gets the connections to `host`. */
function takesFor(listening: string | undefined, host: string): boolean {
  if (listening === host) return true;
  if (listening === undefined || unspecified.has(listening)) return isThisMachine(host);
  if (host === 'localhost') return isLoopback(listening);
  return listening === 'localhost' && isLoopback(host);
}

const unspecified: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function isThisMachine(host: string): boolean {
  if (isLoopback(host) || unspecified.has(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === host),
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
