import type { SanitizationRule } from '../tunnel/config.ts';
import { detectors } from './detectors/index.ts';
import { judgeName } from './detectors/names.ts';
import { subprotocolHeader } from './detectors/subprotocols.ts';
import { scrubEscaped } from './places/form.ts';
import { scrubJson } from './places/json.ts';
import { looksLikeMarkup, scrubMarkup } from './places/markup.ts';
import { looksLikeUrl, scrubTarget } from './places/target.ts';
import type { Detector, Finding, Place, Substitutes } from './port.ts';
import { Rules } from './rules/rules.ts';
import { type Replacement, replaced, Taken } from './spans.ts';
import { TapeSubstitutes } from './substitutes/tape-substitutes.ts';
import { Tally } from './tally.ts';

/** Scrubs one text that stands at a place, and returns the text itself where nothing was hit. */
export type ScrubText = (text: string, place: Place) => string;

export const freeText: Place = { kind: 'text', name: '' };

/** Secrets found by a name elsewhere on the tape, where they stand without one. */
const known = { name: 'known_values', version: 1 };
/** What opens bodies, and drops those that it cannot read. */
export const bodies = { name: 'bodies', version: 1 };

/** How often a value is opened: JSON in a string of JSON, a URL in the query of a URL. */
const openings = 2;

interface Located extends Finding {
  readonly detector: Detector;
}

/** Finds and substitutes the secrets of single texts: the rules, then the detectors, then the known values. */
export class TextScrubber {
  readonly tally: Tally;
  readonly rules: Rules;
  readonly substitutes: TapeSubstitutes;

  constructor(rules: readonly SanitizationRule[]) {
    const names = rules.map((_, at) => ({ name: ruleName(at), version: 1 }));
    this.tally = new Tally([bodies, ...names, ...detectors, known]);
    this.substitutes = new TapeSubstitutes(recognise, (json) => this.#claims(json));
    this.rules = new Rules(rules, {
      substituteIn: (match, inHead, wanted, guess) => {
        const head = inHead ? match.indexOf(': ') : -1;
        const place: Place =
          head === -1 ? freeText : { kind: 'header', name: match.slice(0, head).toLowerCase() };
        return (
          this.#substituteIn(head === -1 ? match : match.slice(head + 2), place, wanted) ??
          this.substitutes.of(guess)
        );
      },
      hit: (rule) => this.tally.hit(ruleName(rule)),
    });
  }

  /** A whole value: also opened where it is a URL or JSON in a string, and once more inside of that. */
  readonly value: ScrubText = (text, place) => this.#value(text, place, openings);

  /** A head field's value after the rules were applied to its line. */
  fieldValue(name: string, value: string, kept: readonly Finding[]): string {
    return this.#scrub(value, { kind: 'header', name: name.toLowerCase() }, kept, openings);
  }

  #value(text: string, place: Place, open: number): string {
    if (text === '') return text;
    const ruled = this.rules.apply(text);
    return this.#scrub(ruled.text, place, ruled.kept, open);
  }

  #scrub(text: string, place: Place, kept: readonly Finding[], open: number): string {
    if (open > 0 && !namesSecret(place) && looksLikeMarkup(text)) {
      return scrubMarkup(text, (part, at) => this.#value(part, at, open - 1), kept);
    }
    const found: Located[] = [];
    if (holdsSecrets(place) || (text.length >= shortestFinding && hints.test(text))) {
      for (const detector of detectors) {
        for (const finding of detector.find(text, place)) found.push({ ...finding, detector });
      }
    } else if (text.length < shortestFinding) return text;
    const whole = kept.length > 0 || found.some((f) => f.start === 0 && f.end === text.length);
    if (!whole && this.substitutes.known.has(text)) {
      this.tally.hit(known.name);
      return this.substitutes.of(text);
    }
    if (!whole && open > 0) {
      const inside: ScrubText = (part, at) => this.#value(part, at, open - 1);
      if (looksLikeUrl(text)) return scrubTarget(text, inside);
      const json = looksLikeJson(text) ? scrubJson(text, inside) : undefined;
      if (json?.state === 'whole') return json.text;
    }
    const spread = this.substitutes.known.find(text);
    const escaped = open > 0 && !whole ? escapedWords(text) : [];
    if (found.length + spread.length + escaped.length === 0) return text;
    return this.#replace(text, found, spread, escaped, new Taken(kept));
  }

  #replace(
    text: string,
    found: readonly Located[],
    spread: readonly Finding[],
    escaped: readonly Finding[],
    taken: Taken,
  ): string {
    const replacements: Replacement[] = [];
    const substitute = (span: Finding, hit: string, make: (secret: string) => string): void => {
      for (const piece of taken.claim(span)) {
        const secret = text.slice(piece.start, piece.end);
        if (!/[\p{L}\p{Nd}]/u.test(secret) && piece.end - piece.start < span.end - span.start) continue;
        replacements.push({ ...piece, text: make(secret) });
        this.tally.hit(hit);
      }
    };
    for (const finding of found) {
      substitute(finding, finding.detector.name, (secret) =>
        finding.detector.substitute(secret, this.substitutes),
      );
    }
    for (const finding of spread) {
      substitute(finding, known.name, (secret) => this.substitutes.of(secret));
    }
    for (const piece of escaped.flatMap((word) => taken.claim(word))) {
      const given = text.slice(piece.start, piece.end);
      const made = scrubEscaped(given, false, (plain) => this.#scrub(plain, freeText, [], 0));
      if (made !== given) replacements.push({ ...piece, text: made });
    }
    return replaced(
      text,
      replacements.toSorted((a, b) => a.start - b.start),
    );
  }

  #substituteIn(text: string, place: Place, wanted: readonly string[]): string | undefined {
    for (const detector of detectors.toSorted((a, b) => rank(wanted, a) - rank(wanted, b))) {
      const first = detector.find(text, place)[0];
      if (first !== undefined)
        return detector.substitute(text.slice(first.start, first.end), this.substitutes);
    }
    return undefined;
  }

  #claims(json: string): string {
    const scrubbed = scrubJson(json, this.value);
    return scrubbed.state === 'whole' ? scrubbed.text : '{}';
  }
}

/** Words of a text that are percent-encoded in part. */
function escapedWords(text: string): readonly Finding[] {
  if (!/%[0-9A-Fa-f]{2}/.test(text)) return [];
  return [...text.matchAll(/[^\s"'<>]+/g)]
    .filter(([word]) => /%[0-9A-Fa-f]{2}/.test(word))
    .map(({ index, 0: word }) => ({ start: index, end: index + word.length }));
}

const hints = new RegExp(detectors.map(({ hint }) => hint.source).join('|'), 'i');

/** `a@b.de` */
const shortestFinding = 6;

/** Whether a value that stands there is a secret however short it is. */
export function namesSecret({ kind, name }: Place): boolean {
  return (kind === 'header' || kind === 'field') && judgeName(name).secret;
}

/** Whether detectors find secrets there that nothing in the text hints at. */
function holdsSecrets(place: Place): boolean {
  return namesSecret(place) || (place.kind === 'header' && place.name === subprotocolHeader);
}

const ruleName = (at: number): string => `rule ${at + 1}`;

const rank = (wanted: readonly string[], detector: Detector): number =>
  wanted.includes(detector.name) ? 0 : 1;

/** The substitute of a value that some detector knows by its form alone, wherever it stands. */
function recognise(value: string, substitutes: Substitutes): string | undefined {
  for (const detector of detectors) {
    const first = detector.find(value, freeText)[0];
    if (first !== undefined && first.start === 0 && first.end === value.length) {
      return detector.substitute(value, substitutes);
    }
  }
  return undefined;
}

function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text) && /[\]}]\s*$/.test(text);
}
