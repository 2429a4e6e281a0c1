import type { GapCause } from '../../tape/gap.ts';
import type { OpaqueCause } from '../../wire/http1/events.ts';

/** Why a connection is relayed and not decoded. `tls`: its bytes are encrypted. `fault`: an observer of ours failed. */
export type OpaqueReason = OpaqueCause | 'tls' | 'fault';

/** What an observer counts. */
export interface ObserverCounters {
  /** Exchanges whose response is whole, or will never be. */
  exchanges: number;
  /** Of these, the ones that the ignore rules left out. */
  ignoredExchanges: number;
  readonly opaqueConnections: Record<OpaqueReason, number>;
  opaqueBytes: number;
  /** Texts and binary messages of WebSockets, by who sent them. */
  readonly webSocketMessages: { client: number; service: number };
  /** Bytes left out on purpose, by cause. */
  readonly leftOutBytes: Partial<Record<GapCause, number>>;
  /** Triggers that fired, by kind, and those of them that asked for no commit since their fingerprint cools down. */
  readonly fired: Record<string, number>;
  cooledDown: number;
}

export function newCounters(): ObserverCounters {
  return {
    exchanges: 0,
    ignoredExchanges: 0,
    opaqueConnections: { upgrade: 0, malformed: 0, not_http: 0, limit: 0, tls: 0, fault: 0 },
    opaqueBytes: 0,
    webSocketMessages: { client: 0, service: 0 },
    leftOutBytes: {},
    fired: {},
    cooledDown: 0,
  };
}
