import type { PartEntry } from './manifest.ts';

/** Where the writer puts one part's bytes. `write` waits while the sink is full. */
export interface PartSink {
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the part and tells its size and digest. */
  close(): Promise<PartEntry>;
  /** Throws the part away. Safe after a failed `write`. */
  abort(): Promise<void>;
}

/** Opens a part by its name (`exchanges.ndjson.zst`). */
export type OpenPart = (name: string) => Promise<PartSink>;

/** Random access to the parts of a tape that is on this disk. */
export interface PartSource {
  /** The bytes from `start` up to and without `end`. Throws `tape-damaged` where the part is shorter. */
  read(name: string, start: number, end: number): Promise<Uint8Array>;
  size(name: string): Promise<number>;
  close(): Promise<void>;
}
