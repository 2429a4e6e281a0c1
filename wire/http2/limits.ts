/** Bounds on what one connection may make its observer keep or do. Past one of them the connection is opaque. */
export const limits = {
  /** Bytes of one header block on the wire, all of its frames together. */
  headerBlock: 256 * 1024,
  /** Bytes of one header block when its fields are spelled out. */
  fieldList: 1024 * 1024,
  /** Frames of one header block. */
  blockFrames: 1024,
  /** Bytes of an HPACK dynamic table, as RFC 7541 section 4.1 counts them. */
  table: 64 * 1024,
  /** Streams that are open at once, and bytes of their methods and paths. */
  streams: 8192,
  streamText: 1024 * 1024,
  /** Bytes kept of one path. */
  path: 4096,
  /** Bytes of a SETTINGS frame. */
  settings: 16 * 1024,
  /** SETTINGS frames of one sender that were not acknowledged. */
  pendingSettings: 1024,
  /** Frames in a row that bring nothing (PING, SETTINGS, PRIORITY, empty DATA, …), between two calls of `calm`. */
  idleFrames: 10_000,
  /** Requests that the client takes back as soon as it sent them, between two calls of `calm`. */
  rapidResets: 1000,
} as const;
