import type net from 'node:net';
import type { Ends } from './ends.ts';

/** A connection that is ready to be relayed. */
export interface Opened extends Ends {
  /** Either side is encrypted. */
  readonly encrypted: boolean;
  /** The name of its service, where not all connections go to the same one. */
  readonly name?: string;
}

/**
 * Makes the ends of a connection that cannot be relayed as it comes: one that is encrypted on either side, or whose
 * first bytes say where it goes.
 */
export interface Opener {
  /** `undefined`: the client went away, or was sent away. `accepted` is not read yet. */
  open(accepted: net.Socket): Promise<Opened | undefined>;
}
