/** One vector: bytes, and what the parser it was written for logs of them. */
export interface Vector {
  readonly title: string;
  readonly kind: 'request' | 'response';
  /** latin1 */
  readonly input: string;
  /** The log's `message complete` lines. */
  readonly ended: number;
  /** The number of the error that the log ends in. */
  readonly error: number | undefined;
  /** It is about a lenient mode, about pausing, or about a request whose body is not read. */
  readonly lenient: boolean;
  readonly skipBody: boolean;
  /** The sender closes behind the input. */
  readonly finish: boolean;
}

const block =
  /<!--\s*meta=(\{.*?\})\s*-->\s*```http\n((?:(?!```)[\s\S])*)```(?:(?!```|<!--)[\s\S])*```log\n((?:(?!```)[\s\S])*)```/g;

/** Reads a Markdown file of vectors: headings, and below each a `meta` comment, an `http` block and a `log` block. */
export function readVectors(kind: 'request' | 'response', markdown: string): Vector[] {
  return [...markdown.matchAll(block)].map((found) => {
    const [, meta = '{}', http = '', log = ''] = found;
    const heading =
      markdown
        .slice(0, found.index)
        .match(/^#+ .*$|^[^\n]+\n[-=]{3,}$/gm)
        ?.at(-1) ?? '';
    const { type = kind, pause, skipBody = false } = JSON.parse(meta);
    return {
      title: heading.replace(/^#+ |\n[-=]+$/g, ''),
      kind,
      input: inputOf(http),
      ended: log.match(/message complete/g)?.length ?? 0,
      error: codeOf(log.match(/error code=(\d+)/)?.[1]),
      lenient: /lenient|url/.test(type) || pause !== undefined || (kind === 'request' && skipBody),
      skipBody,
      finish: /finish/.test(type),
    };
  });
}

/** Pauses (21 to 23) are no errors. */
function codeOf(digits: string | undefined): number | undefined {
  const code = Number(digits ?? 0);
  return code === 0 || (code >= 21 && code <= 23) ? undefined : code;
}

/** The block's text as bytes: lines end in CRLF but where escapes say otherwise. */
function inputOf(http: string): string {
  return http
    .replace(/\n$/, '')
    .replace(/\\(\r\n|\r|\n)/g, '')
    .replace(/\r\n|\r|\n/g, '\r\n')
    .replace(/\\r/g, '\r')
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\f/g, '\f')
    .replace(/\\x([0-9a-fA-F]+)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\([0-7]{1,3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\$\{(['"])(.+?)\1\.repeat\((\d+)\)\}/g, (_, __, text, times) => text.repeat(Number(times)));
}
