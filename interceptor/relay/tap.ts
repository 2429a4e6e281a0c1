import type { Ending, Sender } from '../../ledger/segment.ts';
import type { Slab } from './slab.ts';

/** Bytes that one read can deliver at most; a tap's slabs have room for them. */
export const readBytes = 65_536;

/**
 * What looks at one connection's traffic from beside it. The relay catches whatever it throws, counts it, and goes on
 * with a blind tap: no fault in here reaches the traffic.
 */
export interface ConnectionTap {
  /** Gives room for `length` bytes (at most `readBytes`) at `slab.at`. */
  reserve(sender: Sender, length: number): Slab;
  /**
   * `length` bytes lie at `slab.at` and were handed to the other socket; `source` holds them too, until this returns.
   * They must not be overwritten while `slab.held`.
   */
  segment(sender: Sender, slab: Slab, source: Buffer, length: number): void;
  /** The sender is done. `refused` and `unreachable` come for a service that never accepted. */
  end(sender: Sender, how: Ending): void;
  /** Both sides are closed; nothing comes after. */
  close(): void;
  /** Whether no exchange is under way, so that ending the connection cuts nothing off. */
  idle(): boolean;
}

export interface Tap {
  /** A client (`ip:port`) connected. `service`: the name of its service, where connections go to several. */
  open(client: string, service?: string): ConnectionTap;
  /**
   * Gives a tap that places bytes and looks at nothing, for a connection whose own threw: `broken`, or none where
   * `open` did. Must not throw.
   */
  blind(broken: ConnectionTap | undefined): ConnectionTap;
}
