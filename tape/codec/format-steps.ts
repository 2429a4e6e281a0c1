/**
 * One step of the converter chain: lifts what format `from` wrote to `from + 1`. A step is never changed once it is
 * released; an old sample under `test/tape/fixtures` holds it.
 */
export interface FormatStep {
  readonly from: number;
  manifest(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** One line of `exchanges.ndjson.zst`. */
  record(raw: unknown): unknown;
}

/** Format 2 brought HTTP/2, WebSocket and schemas, which no tape of format 1 has: what it has is as it was. */
const fromFormat1: FormatStep = {
  from: 1,
  manifest: (raw) => ({ ...raw, format: 2 }),
  record: (raw) => raw,
};

/** The chain, oldest first. Format 1 is the first there is, so no step leads to it. */
export const formatSteps: readonly FormatStep[] = [fromFormat1];

/** The steps from format `from` on, in order. */
export function stepsFrom(from: number, chain: readonly FormatStep[] = formatSteps): readonly FormatStep[] {
  return chain.filter((step) => step.from >= from);
}
