/** Bounds of what reading a message may cost. What passes them is not read. */
export const limits = {
  /** Messages and groups inside of each other, as the libraries have it by default. */
  depth: 100,
  /** Fields of one message as JSON, those inside of it included. */
  viewedFields: 200_000,
  /** Bytes of a descriptor set. */
  schemaBytes: 16 * 1024 * 1024,
} as const;
