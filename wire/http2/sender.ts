/** Who sent the bytes. */
export type Http2Sender = 'client' | 'service';
