import type { ExchangeWithBodies, TriggerMark } from '../tape/exchange.ts';
import type { Gap } from '../tape/gap.ts';
import type { SanitizerRun } from '../tape/manifest.ts';
import type { ScrubbedExchange } from '../tape/scrubbed.ts';

/** Scrubs the exchanges of one tape, in memory. One scrubber serves one tape: a value keeps its substitute in it. */
export interface Scrubber {
  /**
   * Reads an exchange for its secrets and keeps nothing else of it. Every exchange of the tape passes here before the
   * first one is scrubbed, so that a token which only a later request shows to be one is found in the earlier response
   * that handed it out.
   */
  learn(raw: ExchangeWithBodies): void;
  /** Never throws for content: what it cannot read is dropped and reported. */
  scrub(raw: ExchangeWithBodies): ScrubbedExchange;
  /** The substitute of a single value (a session key's), the same as everywhere in this tape. */
  scrubValue(value: string): string;
  /** A mark of a commit request whose exchange is not on the tape. Marks on exchanges are scrubbed with them. */
  scrubMark(mark: TriggerMark): TriggerMark;
  readonly runs: readonly SanitizerRun[];
  readonly gaps: readonly Gap[];
  /** The tape's own keys that signed mock tokens, as JWKs. */
  readonly mockKeys: readonly Readonly<Record<string, string>>[];
}

/** What a detector found in a text: the secret's span, half-open, in UTF-16 units. */
export interface Finding {
  readonly start: number;
  readonly end: number;
}

/** Where a text stands, as far as detectors use it. */
export interface Place {
  /** `target`: a path segment. `field`: a value of JSON, of a form or of a query. `text`: anything else. */
  readonly kind: 'target' | 'header' | 'field' | 'text';
  /** Header or field name, lower case; empty where there is none. */
  readonly name: string;
}

/** Makes substitutes of one tape: keyed, so that equal values give equal substitutes, and no others. */
export interface Substitutes {
  /** The substitute of a whole value: that of the detector which knows it by its form, else one of the same shape. */
  of(value: string): string;
  /**
   * Characters of the same classes and count as `value`, chosen by the tape's key and the value. The value is looked
   * for in every other text of the tape from then on.
   */
  sameShape(value: string): string;
  /**
   * The substitute that `candidate` makes for `value`, remembered. `candidate` is called with growing attempts and
   * its own random bytes until it gives one that is neither `value` nor taken by another value.
   */
  unique(value: string, candidate: (draw: Draw, attempt: number) => string): string;
  /** Makes `substitute` stand for `value` everywhere: another spelling of a value that has a substitute. */
  assign(value: string, substitute: string): void;
  /** A JWT of the same header and claims (themselves scrubbed), signed with the tape's own key. */
  jwt(token: string): string;
}

/** Bytes of the tape's keyed stream for one value, as many as asked for. */
export type Draw = (bytes: number) => Uint8Array;

/** One kind of secret. */
export interface Detector {
  readonly name: string;
  /** Grows with every change of what it finds. */
  readonly version: number;
  /**
   * Matches (in any case) every text in which it can find something where no name gives a secret away. One test of
   * all detectors' hints spares most texts the rest.
   */
  readonly hint: RegExp;
  /** In time linear in the text's length, whatever it holds. Findings do not overlap and are in order. */
  find(text: string, place: Place): readonly Finding[];
  substitute(secret: string, substitutes: Substitutes): string;
}
