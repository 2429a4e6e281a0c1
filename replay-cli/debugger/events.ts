import type { Json } from '../../wire/protobuf/json-value.ts';
import type { PayloadId, ServiceState } from '../engine/port.ts';
import type { PausedBy } from './paused/watch.ts';

/** What step mode tells: one object a line with `--json`, else lines of text. */
export type StepEvent =
  /** A command was read. */
  | { readonly event: 'command'; readonly line: string }
  | {
      readonly event: 'sent';
      readonly payload: PayloadId;
      readonly method: string;
      readonly target: string;
      readonly replaced: number;
    }
  | {
      readonly event: 'received';
      readonly payload: PayloadId;
      readonly status: number;
      readonly reason: string;
      /** How a call ended. */
      readonly call?: { readonly code: number; readonly name: string; readonly message: string };
      /** The code with which the service closed a WebSocket. */
      readonly closed?: number;
      /** From sending to the last byte, milliseconds. */
      readonly took_ms: number;
      /** Whether it left the status class that the tape has for it. */
      readonly left_class: boolean;
    }
  | {
      readonly event: 'failed';
      readonly payload: PayloadId;
      readonly failure: string;
      /** Of `rst`: the error code (RFC 9113 section 7). */
      readonly rst?: number;
      readonly left_class: boolean;
    }
  /** A message of a stream went by. */
  | {
      readonly event: 'message';
      readonly payload: PayloadId;
      readonly from: 'client' | 'service';
      /** From 1, of its side. */
      readonly number: number;
      /** Milliseconds since the payload was sent. */
      readonly after_ms: number;
      readonly bytes: number;
      /** As JSON, where it can be read so. */
      readonly content?: Json;
      /** `ping`, `close 1000`: where it is no plain message. */
      readonly label?: string;
    }
  /** A stream waits for `next message`. */
  | {
      readonly event: 'held';
      readonly payload: PayloadId;
      /** Messages of the client that were not sent yet; with 0, its end was not. */
      readonly left: number;
    }
  /** The stream that was held is given up, since the cursor went to its payload or before it. */
  | { readonly event: 'cancelled'; readonly payload: PayloadId }
  | { readonly event: 'skipped'; readonly payload: PayloadId; readonly why: string }
  /** The service was seen stopped in a debugger while these payloads were in flight. */
  | { readonly event: 'breakpoint'; readonly payloads: readonly PayloadId[]; readonly seen_by: PausedBy }
  /** A payload is in flight for longer than when it was recorded, and nothing says why. */
  | {
      readonly event: 'no_answer_yet';
      readonly payload: PayloadId;
      readonly waited_ms: number;
      readonly recorded_ms?: number;
      readonly still_stopped: boolean;
    }
  /** A stream is open: longer than when it was recorded, or as it is at the end of the tape. */
  | { readonly event: 'goes_on'; readonly payload: PayloadId }
  /** `continue`, `next` or a fast-forward stopped before the end of what was asked. */
  | {
      readonly event: 'stopped';
      readonly why: StopReason;
      readonly payload?: PayloadId;
      readonly condition?: string;
    }
  /** Which payload is next; `null` at the end of the tape. */
  | { readonly event: 'cursor'; readonly next: PayloadId | null; readonly state: 'unmoved' | 'restored' }
  | { readonly event: 'service'; readonly state: ServiceState }
  | { readonly event: 'end_of_tape'; readonly in_flight: readonly PayloadId[] }
  /** Something that the user should know. */
  | { readonly event: 'note'; readonly text: string }
  /** The answer of a command that only shows: `list`, `show`, `diff`, `timeline`, `break`, `help`. */
  | { readonly event: 'shown'; readonly command: string; readonly data: unknown }
  | { readonly event: 'error'; readonly code: string; readonly message: string; readonly hint?: string };

export type StopReason = 'break_before' | 'break_after' | 'breakpoint' | 'interrupted' | 'target_gone';
