import { createHash, randomBytes } from 'node:crypto';
import { limits } from '../limits.ts';
import type { Draw, Substitutes } from '../port.ts';
import { KnownValues } from './known-values.ts';
import { mockJwt } from './mock-jwt.ts';
import { MockKeys } from './mock-keys.ts';
import { sameShape, variety } from './same-shape.ts';

/** Letters and digits from which on a text is a substitute of this tape if it equals one: never by chance. */
const neverByChance = 12;
/** A part of a composite value (`s:ID.SIGNATURE`) that is long enough to stand elsewhere by itself. */
const partLength = 16;
const attemptsAtLength = 64;

/** How whole values are told by their form; given by the engine, which knows the detectors. */
export type Recognise = (value: string, substitutes: Substitutes) => string | undefined;

/**
 * The substitutes of one tape. The key is random and lives in this object alone: with it gone, nothing leads from a
 * substitute back to its value. The memory of what was given out is bounded by `limits.rememberedCharacters`.
 */
export class TapeSubstitutes implements Substitutes {
  readonly keys = new MockKeys();
  /** Values whose form does not give them away. */
  readonly known = new KnownValues();
  readonly #key = randomBytes(32);
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #recognise: Recognise;
  readonly #claims: (json: string) => string;
  #remembered = 0;

  constructor(recognise: Recognise, claims: (json: string) => string) {
    this.#recognise = recognise;
    this.#claims = claims;
  }

  of(value: string): string {
    const known = this.#known(value);
    if (known !== undefined) return known;
    const made = this.#recognise(value, this) ?? this.sameShape(value);
    // Also in this spelling, so that it is known for what it is when it is met again.
    if (!this.#given.has(value)) this.#remember(value, made);
    return made;
  }

  sameShape(value: string): string {
    const known = this.#known(value);
    if (known !== undefined) return known;
    this.known.add(value);
    const parts = value.split(/([.:|])/);
    if (parts.length === 1 || parts.every((part) => part.length < partLength)) {
      return this.unique(value, (draw) => sameShape(value, draw));
    }
    // Long parts have substitutes of their own: a cookie `s:ID.SIGNATURE` and a field that holds the ID still join.
    const whole = new Map(
      parts.filter((part) => part.length >= partLength).map((p) => [p, this.sameShape(p)]),
    );
    return this.unique(value, (draw) => parts.map((p) => whole.get(p) ?? sameShape(p, draw, false)).join(''));
  }

  unique(value: string, candidate: (draw: Draw, attempt: number) => string): string {
    const known = this.#known(value);
    if (known !== undefined) return known;
    for (let attempt = 0; ; attempt++) {
      let made = candidate(this.#draw(value, attempt), attempt);
      // Every text of this short a shape is taken: the only way left to keep two values apart is a longer one.
      const extra = Math.floor(attempt / attemptsAtLength);
      if (extra > 0)
        made += sameShape(([...value].at(-1) ?? 'x').repeat(extra), this.#draw(`${value} longer`, attempt));
      if (made === value || this.#taken.has(made) || this.#given.has(made)) continue;
      this.#remember(value, made);
      return made;
    }
  }

  jwt(token: string): string {
    const opaque = (text: string): string => this.sameShape(text);
    const tools = { keys: this.keys, claims: this.#claims, opaque };
    return this.unique(token, (draw, attempt) => {
      const mock = mockJwt(token, tools);
      // Tokens that differ in nothing but their signature: the later one stays apart, and its signature wrong.
      const dot = mock.lastIndexOf('.') + 1;
      return attempt === 0 ? mock : mock.slice(0, dot) + sameShape(mock.slice(dot), draw);
    });
  }

  assign(value: string, substitute: string): void {
    this.#remember(value, substitute);
    this.known.add(value);
  }

  /** Whether the memory is full: nothing more may be substituted then, since equality could not be kept. */
  get full(): boolean {
    return this.#remembered > limits.rememberedCharacters;
  }

  #known(value: string): string | undefined {
    const given = this.#given.get(value);
    if (given !== undefined) return given;
    return this.#taken.has(value) && variety(value) >= neverByChance ? value : undefined;
  }

  #remember(value: string, substitute: string): void {
    this.#given.set(value, substitute);
    this.#taken.add(substitute);
    this.#remembered += value.length + substitute.length;
  }

  #draw(value: string, attempt: number): Draw {
    return (bytes) =>
      createHash('shake256', { outputLength: Math.max(bytes, 16) })
        .update(this.#key)
        .update(`${attempt}\0`)
        .update(value)
        .digest();
  }
}
