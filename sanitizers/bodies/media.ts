/** How a body is to be read. */
export type Reading = 'json' | 'form' | 'text' | 'multipart' | 'media' | 'unknown';

export interface MediaType {
  /** `type/subtype`, lower case; empty where the head names none. */
  readonly type: string;
  readonly charset?: string;
  readonly boundary?: string;
}

/** Parses a `Content-Type` (RFC 9110 section 8.3.1), leniently. */
export function parseMediaType(value: string | undefined): MediaType {
  const [type = '', ...parameters] = (value ?? '').split(';');
  const given = new Map(
    parameters.map((parameter) => {
      const equals = parameter.indexOf('=');
      const text = parameter.slice(equals + 1).trim();
      return [parameter.slice(0, equals).trim().toLowerCase(), text.replace(/^"(.*)"$/, '$1')] as const;
    }),
  );
  const charset = given.get('charset');
  const boundary = given.get('boundary');
  return {
    type: type.trim().toLowerCase(),
    ...(charset === undefined ? {} : { charset }),
    ...(boundary === undefined ? {} : { boundary }),
  };
}

const json = /^(application|text)\/(.+\+)?(json|json5|x-json|ndjson|x-ndjson|jsonl|json-seq|problem\+json)$/;
const textual =
  /^(text\/.*|.*\+xml|application\/(xml|javascript|ecmascript|x-javascript|graphql|yaml|x-yaml|toml|sql|x-sh))$/;
const media =
  /^(image|audio|video|font)\/|^application\/(font-|x-font-|vnd\.ms-fontobject|wasm|octet-stream)/;

/** What the type says; `undefined` where it says nothing of use. */
export function readingOf({ type }: MediaType): Reading | undefined {
  if (json.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('multipart/')) return 'multipart';
  // An SVG is text, and so is whatever else is made of XML.
  if (textual.test(type)) return 'text';
  if (media.test(type)) return 'media';
  return undefined;
}

/** Whether a text is a form by its looks: pairs, on one line, with nothing that a form would have escaped. */
export function looksLikeForm(text: string): boolean {
  return text.length < 1024 * 1024 && /^[\w.%+~[\]*-]{1,256}=[^\s"<>{}]*$/.test(text);
}

const magic: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x52, 0x49, 0x46, 0x46],
  [0x00, 0x00, 0x01, 0x00],
  [0x77, 0x4f, 0x46, 0x46],
  [0x77, 0x4f, 0x46, 0x32],
  [0x00, 0x61, 0x73, 0x6d],
  [0x49, 0x44, 0x33],
  [0x4f, 0x67, 0x67, 0x53],
  [0x4f, 0x54, 0x54, 0x4f],
  [0x00, 0x01, 0x00, 0x00],
];

/** Whether the first bytes are those of a picture, a sound, a film, a font or WebAssembly. */
export function isMedia(bytes: Uint8Array): boolean {
  if (magic.some((first) => first.every((byte, at) => bytes[at] === byte))) return true;
  return String.fromCharCode(...bytes.subarray(4, 8)) === 'ftyp';
}
