/** Bounds of what bodies may cost. What passes them is dropped and said. */
export const limits = {
  /** Bytes of a body after its content codings are taken off. */
  openedBytes: 64 * 1024 * 1024,
  /** Bytes that all bodies of a tape may have together after their codings are taken off, each time they are read. */
  openedTotalBytes: 1024 * 1024 * 1024,
  /** Content codings on top of each other. */
  codings: 3,
  /** Members or frames of one coded body. */
  frames: 10_000,
  /** Objects, arrays and elements inside of each other. */
  depth: 1_000_000,
  /** Parts of one multipart body. */
  parts: 10_000,
  /** Characters of secrets that one tape remembers. */
  rememberedCharacters: 256 * 1024 * 1024,
} as const;
