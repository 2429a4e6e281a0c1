/** What the flags of the bench say. */
export interface BenchOptions {
  readonly seconds: number;
  readonly pairs: number;
  /** Requests a second at which cost and added latency are taken beside saturation. */
  readonly rates: readonly number[];
  /** Whether ours observes, or only relays. */
  readonly ours: 'interceptor' | 'relay';
  /** A folder for CPU profiles of ours. */
  readonly profile: string | undefined;
  /** Where ours lies, built as it ships. */
  readonly built: string;
}

/**
 * A part of the bench: measures, prints what it found, and returns every figure. `folder` is its own and is removed
 * behind it.
 */
export type Section = (folder: string, options: BenchOptions) => Promise<unknown>;
