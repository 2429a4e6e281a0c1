interface Entry {
  readonly name: string;
  readonly values: string[];
}

/**
 * The fields of a message in their order, lines of one name together under the spelling of the first. Names are the
 * sender's own, and any that an object has by itself may be among them.
 */
export class Fields {
  readonly #byName = new Map<string, Entry>();

  constructor(pairs: Iterable<readonly [name: string, value: string]>) {
    for (const [name, value] of pairs) this.add(name, value);
  }

  /** The lines of a name. */
  get(name: string): readonly string[] {
    return this.#byName.get(name.toLowerCase())?.values ?? [];
  }

  /** One more line. */
  add(name: string, value: string): void {
    const lower = name.toLowerCase();
    const known = this.#byName.get(lower);
    if (known === undefined) this.#byName.set(lower, { name, values: [value] });
    else known.values.push(value);
  }

  /** One line in place of those of the name, where the first of them stood. */
  replace(name: string, value: string): void {
    const lower = name.toLowerCase();
    this.#byName.set(lower, { name: this.#byName.get(lower)?.name ?? name, values: [value] });
  }

  remove(name: string): void {
    this.#byName.delete(name.toLowerCase());
  }

  /** As Node's messages take them. */
  *[Symbol.iterator](): Generator<[name: string, value: string | string[]]> {
    for (const {
      name,
      values: [first, ...more],
    } of this.#byName.values()) {
      if (first !== undefined) yield [name, more.length === 0 ? first : [first, ...more]];
    }
  }
}
