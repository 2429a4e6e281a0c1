import { inheritedName, judgeName, labels, nameWithin, plainName } from '../detectors/names.ts';

interface Container<Value> {
  readonly kind: 'object' | 'array';
  /** The name that the container itself goes by. */
  readonly name: string;
  /** The secret's name that a member of the object tells: `{"name":"password","value":…}`. */
  label?: string;
  /** The `value` that stands before its label. */
  unlabelled?: Value;
}

const longestLabel = 64;
/**
 * The name by which each value of a JSON document goes, as containers open and close. Values in an array bear the name
 * of the array. Values in an object that stands under a secret's name bear that name, unless their own one tells what
 * they are. A `value` bears the name that its sibling `name` holds.
 */
export class JsonNames<Value> {
  readonly #open: Container<Value>[] = [];
  readonly #root: string;
  #name: string;
  #key = '';

  /** `root` is the name of the field that holds the document. */
  constructor(root: string) {
    this.#root = root;
    this.#name = root;
  }

  /** Of the next value. */
  get name(): string {
    return this.#name;
  }

  get depth(): number {
    return this.#open.length;
  }

  get inObject(): boolean {
    return this.#open.at(-1)?.kind === 'object';
  }

  open(kind: Container<Value>['kind']): void {
    this.#open.push({ kind, name: this.#name });
  }

  close(): void {
    this.#open.pop();
  }

  valueDone(): void {
    const container = this.#open.at(-1);
    if (container === undefined) this.#name = this.#root;
    else this.#name = container.kind === 'array' ? container.name : '';
  }

  key(name: string): void {
    const own = name.toLowerCase();
    const parent = this.#open.at(-1);
    const label = parent?.label !== undefined && plainName.has(own) ? parent.label : undefined;
    this.#key = own;
    this.#name = label ?? inheritedName(own, parent?.name ?? '') ?? nameWithin(parent?.name ?? '', own);
  }

  /**
   * Takes note of a string that is a member of the open object. Returns the value that it labels as a secret, where
   * that one came before it; its name is the string in lower case.
   */
  member(text: string, value: Value): Value | undefined {
    const parent = this.#open.at(-1);
    if (parent?.kind !== 'object') return undefined;
    if (plainName.has(this.#key)) parent.unlabelled = value;
    else if (text.length <= longestLabel && labels.has(this.#key) && judgeName(text).secret) {
      parent.label = text.toLowerCase();
      return parent.unlabelled;
    }
    return undefined;
  }
}
