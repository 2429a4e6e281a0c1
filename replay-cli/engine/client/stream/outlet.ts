/** Where the acts of a stream go. */
export interface Outlet {
  /** Sends bytes of the body: of DATA frames, or one message. */
  data(bytes: Uint8Array): void;
  /** Ends the request, with `last` if it goes with the end. `onWritten` is called when all is with the kernel. */
  end(last: Uint8Array | undefined, onWritten: () => void): void;
  /** Gives the stream up (RST_STREAM), with an error code of RFC 9113 section 7. */
  reset(code: number): void;
  /** Goes away with the connection. */
  leave(): void;
}

/** CANCEL (RFC 9113 section 7). */
export const cancelCode = 8;
