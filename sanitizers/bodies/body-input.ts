import type { MediaType } from './media.ts';

export interface BodyInput {
  readonly bytes: Uint8Array;
  readonly type: MediaType;
  /** `Content-Encoding`, in order. */
  readonly codings: readonly string[];
  /** Whether bytes are missing behind these. */
  readonly cut: boolean;
}

/** The scrubbed bytes (the same object where nothing was hit), or `unreadable`. */
export type ScrubbedBody = Uint8Array | 'unreadable';
