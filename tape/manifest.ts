import type { TriggerMark } from './exchange.ts';
import type { Gap } from './gap.ts';

/** The version of the tape's format. A change of it brings a converter step and keeps the old sample as a fixture. */
export const tapeFormat = 2;

/** A part of a tape: a file beside the manifest. `path` is relative to the tape's folder, with `/`. */
export interface PartEntry {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Which sanitizer ran and how often it hit. */
export interface SanitizerRun {
  readonly name: string;
  readonly version: number;
  readonly hits: number;
  /** Hits by place (`request.head`, `response.body`, …). */
  readonly places: Readonly<Record<string, number>>;
  /** Payload parts that it could not read and dropped. */
  readonly dropped: number;
}

/** An interceptor process whose traffic was read for the tape. */
export interface InstanceEntry {
  /** Random for each process. */
  readonly instance: string;
  readonly pod: string;
  readonly service: string;
  /** How far the ledger's clock was ahead of this one's wall clock at most, milliseconds. */
  readonly ledger_ahead_ms: number;
}

/** A service whose traffic is on the tape. */
export interface ServiceEntry {
  readonly name: string;
  /** A digest. */
  readonly image?: string;
  /** Path of the part that holds its protobuf schemas, where they are known. */
  readonly schemas?: string;
}

/** A span on the wall clock, milliseconds since the epoch. */
export interface WallSpan {
  readonly from: number;
  readonly to: number;
}

/** `manifest.json`, the last part that is written and the only one with a fixed name. */
export interface Manifest {
  readonly format: number;
  readonly id: string;
  readonly namespace: string;
  readonly tunnel: string;
  readonly primary: string;
  readonly services: readonly ServiceEntry[];
  /** The first is the one whose trigger fired, or that wrote first. */
  readonly instances: readonly InstanceEntry[];
  /** The exchange marks of all commit requests that this tape joined, in order; `exchange` is the payload id. */
  readonly triggers: readonly (TriggerMark & { readonly exchange?: number })[];
  readonly scope: 'tunnel' | 'session';
  /** The (scrubbed) sessions that were committed, where the scope is `session`. */
  readonly sessions: readonly string[];
  readonly window: { readonly asked: WallSpan; readonly kept: WallSpan };
  readonly clock: {
    /** Wall clock of tape time 0, in nanoseconds since the epoch, as a decimal string. */
    readonly start: string;
    /** Bound on the difference between the interceptors' clocks and the ledger's, milliseconds. */
    readonly skew_ms: number;
  };
  readonly counts: {
    readonly exchanges: number;
    readonly connections: number;
    readonly bytes: number;
  };
  readonly gaps: readonly Gap[];
  readonly sanitizers: readonly SanitizerRun[];
  /** The tape's own keys, with which its mock JWTs are signed: JWKs with their private parts, made for this tape alone. */
  readonly mock_keys: readonly Readonly<Record<string, string>>[];
  readonly parts: readonly PartEntry[];
  readonly written: string;
}

/** Names of the parts under `<tape-id>/<attempt>/`; the manifest lists them with that folder. */
export const partNames = {
  exchanges: 'exchanges.ndjson.zst',
  index: 'exchanges.idx',
  bodies: 'bodies.zst',
} as const;

/** Where the parts with protobuf schemas lie, each a serialized `google.protobuf.FileDescriptorSet`. */
export const schemasFolder = 'schemas';
