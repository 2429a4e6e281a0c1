import { judgeName, labels, nameWithin, plainName } from '../detectors/names.ts';

interface Container {
  readonly kind: 'object' | 'array';
  /** The name that the container itself goes by. */
  readonly name: string;
  /** The secret's name that one of its members gives to another. */
  label: string;
}

/** Names of what stands beside a secret and is none. */
const telling =
  /^(user|username|login|id|uid|type|kind|name|label|e?mail|scheme|scope|scopes|realm|method|alg|algorithm|format|version|status|state|message|messages|error|errors|code|description|title|help|hint|placeholder|pattern|required|enabled|active|valid|count|length|min|max|minlength|maxlength|strength|policy|host|port|path|url|uri|href|database|role|roles|issuer|audience|provider|region|ttl|created|updated|expires|expiry|expiration|expiresin|lastused)$|(id|type|at|on|date|time|url|uri)$/;
/** The members of a session that open it. */
const openingSession = /^(id|key|value|token|secret)$/;

/**
 * The name by which each value of a JSON document goes, as containers open and close. Values in an array bear the name
 * of the array. Values in an object that stands under a secret's name bear that name, unless their own one tells what
 * they are.
 */
export class JsonNames {
  readonly #open: Container[] = [];
  readonly #root: string;
  #name: string;
  /** The key of the next value, lower case. */
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

  open(kind: Container['kind']): void {
    this.#open.push({ kind, name: this.#name, label: '' });
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
    const { name: outer = '', label = '' } = this.#open.at(-1) ?? {};
    this.#key = own;
    this.#name =
      label !== '' && plainName.has(own) ? label : (inherits(own, outer) ?? nameWithin(outer, own));
  }

  /** The next value is this string; it may name what stands beside it. */
  string(value: string): void {
    const container = this.#open.at(-1);
    if (container?.kind === 'object' && labels.has(this.#key) && judgeName(value).secret)
      container.label = value.toLowerCase();
  }
}

/** The name that a member takes over from its object. */
function inherits(own: string, parent: string): string | undefined {
  if (parent === '') return undefined;
  const above = judgeName(parent);
  if (!above.secret || judgeName(own).secret) return undefined;
  const plain = own.replace(/[^a-z\d]/g, '');
  if (above.session) return openingSession.test(plain) ? parent : undefined;
  return telling.test(plain) ? undefined : parent;
}
