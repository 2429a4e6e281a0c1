/** Resident memory of the interceptor's process at its highest under one load, bytes. */
export interface Memory {
  readonly load: string;
  readonly highest: number;
}

/** What one interceptor held: before the first request, and under one load after the other. */
export interface MemoryRun {
  readonly started: number;
  readonly underLoad: readonly Memory[];
}
