import type { Allowance } from './codings.ts';
import type { MediaType } from './media.ts';

export interface BodyPart {
  readonly bytes: Uint8Array;
  readonly type: MediaType;
  /** `Content-Encoding`, in order. */
  readonly codings: readonly string[];
  /** Whether bytes are missing behind these. */
  readonly cut: boolean;
  /** The name of the form's field that it is the value of, lower case; empty where it is none's. */
  readonly field: string;
}

export interface BodyInput extends BodyPart {
  readonly allowance: Allowance;
}

/** The scrubbed bytes (the same object where nothing was hit), or `unreadable`. */
export type ScrubbedBody = Uint8Array | 'unreadable';
