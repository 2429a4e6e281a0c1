const MiB = 1024 * 1024;

/**
 * What no tape passes. The writer stops before them and the reader refuses what claims more, before it allocates for
 * it. All sizes in bytes.
 */
export const limits = {
  manifestBytes: 64 * MiB,
  parts: 1024,
  partBytes: 64 * 1024 * MiB,
  indexBytes: 1024 * MiB,
  exchanges: 4 * MiB,
  /** Decompressed content of one frame, which a record never leaves. */
  frameBytes: 64 * MiB,
  bodyBytes: 1024 * MiB,
  /** Of the schemas of one service. */
  schemasBytes: 64 * MiB,
} as const;

/** What a frame holds before it is closed; a record that begins below it may end above. */
export const frameTarget = MiB;
