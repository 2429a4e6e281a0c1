import type { Log } from '../../program/log.ts';
import type { GatewayService } from './config.ts';

/** Told of a call of gRPC for a service that is not said to speak HTTP/2. */
export type OnGrpcRefused = (service: Pick<GatewayService, 'name' | 'protocols'>) => void;

/** Logs it once a service: its configuration does not change. */
export function grpcRefusedTeller(log: Log): OnGrpcRefused {
  const told = new Set<string>();
  return ({ name, protocols }) => {
    if (told.has(name)) return;
    told.add(name);
    const has = protocols.join(', ');
    log.warn(`gRPC came for \`${name}\`, which has \`protocols: [${has}]\`; add \`protocols: [h2]\``);
  };
}
