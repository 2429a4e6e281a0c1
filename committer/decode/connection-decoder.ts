import type {
  DataRecord,
  EndRecord,
  MessageEndRecord,
  OpaqueRecord,
  Sender,
  SkipRecord,
  StateProtocol,
  StateRecord,
} from '../../ledger/segment.ts';
import type { TapeTime } from '../../tape/exchange.ts';
import type { GapCause } from '../../tape/gap.ts';
import type { InflationBudget } from '../../wire/websocket/inflation-budget.ts';
import type { GapTally } from './gap-tally.ts';
import type { PendingExchange } from './pending-exchange.ts';

/** What an interceptor process lost so far: `count` grows with each hole, `cause` is the last one's. */
export interface Holes {
  readonly count: number;
  readonly cause: GapCause;
}

/** What a decoder works on besides its records. */
export interface DecodeContext {
  readonly holes: Holes;
  /** For what is lost outside of any exchange. */
  readonly gaps: GapTally;
  /** Bytes kept of one body. */
  readonly bodyLimit: number;
  /** What compressed messages of the whole window may cost. */
  readonly inflation: InflationBudget;
  /** Why bytes are lost before the first place at which decoding may begin. */
  readonly edge: GapCause;
  readonly decoders: Decoders;
}

/** The records that tell what passed on a connection. */
export type PassedRecord =
  | DataRecord
  | StateRecord
  | SkipRecord
  | MessageEndRecord
  | EndRecord
  | OpaqueRecord;

/** Makes exchanges of the records of one connection, in one protocol. */
export interface ConnectionDecoder {
  readonly reads: 'http/1' | StateProtocol;
  /** The next record, in order. Whether bytes are missing before it, offsets and `DecodeContext.holes` tell. */
  take(record: PassedRecord, at: TapeTime): void;
  /** The window ends, or another decoder begins anew: exchanges that are not over are so now, as they are. */
  close(at: TapeTime): void;
  /** The exchange of this message that is not over. */
  pending(message: number): PendingExchange | undefined;
  /** Exchanges that began before `at` and are not over. */
  inFlight(at: TapeTime): number;
  /** Whether no exchange is in flight. */
  readonly idle: boolean;
  /** Exchanges that are over since it was last asked, in the order of their requests. */
  takeOver(): readonly PendingExchange[];
  /** Set by the record with which another decoder took the connection over: this one takes no more. */
  readonly successor?: Successor | undefined;
}

/** Who goes on with a connection, with what of the last record is theirs. */
export interface Successor {
  readonly decoder: ConnectionDecoder;
  readonly rest: DataRecord | undefined;
}

/** An exchange of HTTP/1 whose response (101) hands the connection to another protocol. */
export interface DecodedUpgrade {
  /** It goes on there: the successor tells when it is over, and may give its messages other bodies. */
  readonly exchange: PendingExchange;
  /** Where each sender's first byte behind it stands. */
  readonly offsets: Readonly<Record<Sender, number>>;
}

/** The decoders that there are beside that of HTTP/1. */
export interface Decoders {
  /**
   * For a connection that is met in the middle: it waits for a state, and begins there. Of `http/2` also for one that
   * begins with the preface; bytes of a service that spoke first may come before that.
   */
  readonly states: ReadonlyMap<StateProtocol, (context: DecodeContext) => ConnectionDecoder>;
  /** By the token of the response's Upgrade field, lower-case. */
  readonly upgrades: ReadonlyMap<string, MakeUpgraded>;
}

/** Where it answers `undefined` the connection is opaque. */
export type MakeUpgraded = (context: DecodeContext, upgrade: DecodedUpgrade) => ConnectionDecoder | undefined;
