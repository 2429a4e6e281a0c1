/** How a body is to be read. */
export type Reading = 'json' | 'form' | 'events' | 'text' | 'multipart' | 'media' | 'unknown';

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

/** The type of a body of server-sent events. */
export const eventStream = 'text/event-stream';

/** What the type says; `undefined` where it says nothing of use. */
export function readingOf({ type }: MediaType): Reading | undefined {
  if (json.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('multipart/')) return 'multipart';
  if (type === eventStream) return 'events';
  // An SVG is text, and so is whatever else is made of XML.
  if (textual.test(type)) return 'text';
  if (media.test(type)) return 'media';
  return undefined;
}

/** Whether a text is a form by its looks: pairs, on one line, with nothing that a form would have escaped. */
export function looksLikeForm(text: string): boolean {
  return text.length < 1024 * 1024 && /^[\w.%+~[\]*-]{1,256}=[^\s"<>{}]*$/.test(text);
}
