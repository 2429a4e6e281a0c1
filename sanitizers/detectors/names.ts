/** What a name says of the value that it names. */
export interface Named {
  readonly password: boolean;
  readonly token: boolean;
  readonly session: boolean;
  /** `Authorization` and `Proxy-Authorization`: a scheme stands before the credentials. */
  readonly authorization: boolean;
  /** Whether a value of this name is, or holds, something secret however short it is. */
  readonly secret: boolean;
}

const kept = new Map<string, Named>();
/** A service uses few names; a client that makes them up must not fill the memory. */
const keptNames = 10_000;
const longestKept = 200;

/** Judges a field or header name by its letters and digits alone: `user[new_password]` is `usernewpassword`. */
export function judgeName(name: string): Named {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replace(/[^\p{L}\p{Nd}]/gu, '');
  const named = {
    password: isPasswordName(plain),
    token: isTokenName(plain),
    session: isSessionName(plain),
    authorization: plain.endsWith('authorization'),
  };
  const cookie = /^(set)?cookie2?$/.test(plain);
  const judged = { ...named, secret: cookie || Object.values(named).includes(true) };
  if (kept.size >= keptNames) kept.clear();
  if (name.length <= longestKept) kept.set(name, judged);
  return judged;
}

const password =
  /(passw(or)?d|pswd|passwort|passphrase|passcode|pwd|kennwort|contrasena|contraseña|motdepasse|senha|wachtwoord)(s|\d|new|old|current|confirm(ation|ed)?|repeat(ed)?|again|verify|value|text|plain|hash(ed)?)*$/;
const secret =
  /(secret|secretkey|(api|auth|access|private|signing|encryption|subscription|functions?|account|shared|master)key|credential|(user|admin|db)pass)s?\d?$/;
const exactPassword = new Set([
  'pass',
  'passwd',
  'pin',
  'pincode',
  'cvv',
  'cvv2',
  'cvc',
  'cvc2',
  'csc',
  'securitycode',
  'otp',
  'totp',
  'mfacode',
  'verificationcode',
  'codeverifier',
  'pw',
  'psw',
]);

/** Names of fields that hold something only its owner knows. */
function isPasswordName(plain: string): boolean {
  return exactPassword.has(plain) || password.test(plain) || secret.test(plain);
}

const token =
  /((token|jwt|bearer|csrf|xsrf)(value)?\d?|(access|refresh|id|auth|api|bearer|session)tokens|authorization)$/;
const exactToken = new Set([
  'auth',
  'xauth',
  'xkey',
  'xsignature',
  'xhubsignature',
  'xhubsignature256',
  'authorizationcode',
  'assertion',
  'clientassertion',
  'samlresponse',
]);

/** Names of fields that hold a token which opens something to whoever brings it (RFC 6750 section 2). */
function isTokenName(plain: string): boolean {
  return exactToken.has(plain) || token.test(plain);
}

const session = /(session|sess)(id|key)$/;
const exactSession = new Set(['sid', 'phpsessid', 'connectsid', 'jsessionid', 'session', 'xsession']);

/** Names of fields that hold a session's id. */
function isSessionName(plain: string): boolean {
  return exactSession.has(plain) || session.test(plain);
}

const notSecret =
  /^(true|false|null|none|nil|undefined|deleted|yes|no|on|off|\[object Object\]|[a-z]{2}([-_][A-Z]{2})?|.{0,2})$/;
const masked = /^([*•xX#.\-_]+|\[?(redacted|filtered|masked|hidden)\]?)$/i;

const maskedPassword = /^([*•]+|\[redacted\])?$/i;

/** Values that stand where a password would and are none. Nothing else is left alone there, however it looks. */
export function isMaskedPassword(value: string): boolean {
  return value.length <= 64 && maskedPassword.test(value);
}

/** Values that stand where a secret would and are none: switches, languages, what was masked already, one or two characters. */
export function isNoSecret(value: string): boolean {
  return value.length <= 40 && (notSecret.test(value) || masked.test(value));
}

/** Fields that name what stands in another field of the same object: `{"name": "password", "value": "…"}`. */
export const labels: ReadonlySet<string> = new Set([
  'name',
  'key',
  'id',
  'field',
  'header',
  'param',
  'parameter',
]);
/** Fields that hold what such a field names. */
export const plainName: ReadonlySet<string> = new Set(['value', 'values', 'val', 'content', 'text', 'data']);

/** The name by which a field of a field is judged: `session` and `id` make `session.id`. */
export function nameWithin(outer: string, own: string): string {
  if (outer === '' || judgeName(own).secret) return own;
  const joined = `${outer}.${own}`;
  return judgeName(joined).secret ? joined : own;
}

/** Names of what stands beside a secret and is none. */
const telling =
  /^(user|username|login|id|uid|type|kind|name|label|e?mail|scheme|scope|scopes|realm|method|alg|algorithm|format|version|status|state|message|messages|error|errors|code|description|title|help|hint|placeholder|pattern|required|enabled|active|valid|count|length|min|max|minlength|maxlength|strength|policy|host|port|path|url|uri|href|database|role|roles|issuer|audience|provider|region|ttl|created|updated|expires|expiry|expiration|expiresin|lastused)$|(id|type|at|on|date|time|url|uri)$/;
/** The members of a session that open it. */
const openingSession = /^(id|key|value|token|secret)$/;

/** The name that a member takes over from an object, or a child from an element, which goes by the name `parent`. */
export function inheritedName(own: string, parent: string): string | undefined {
  if (parent === '') return undefined;
  const above = judgeName(parent);
  if (!above.secret || judgeName(own).secret) return undefined;
  const plain = own.replace(/[^a-z\d]/g, '');
  if (above.session) return openingSession.test(plain) ? parent : undefined;
  return telling.test(plain) ? undefined : parent;
}
