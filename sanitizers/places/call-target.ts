/** What a request in the query of which a message stands says of it (Connect protocol, "Unary-Get-Request"). */
export interface MessageInQuery {
  readonly bytes: Uint8Array;
  /** Empty where it is not compressed. */
  readonly compression: string;
  /** The target with another message in the place of this one. */
  replaced(bytes: Uint8Array): string;
}

/** The message that a target holds in its query; undefined where it holds none. */
export function messageInQuery(target: string): MessageInQuery | undefined {
  const found = /[?&]message=([^&#]*)/d.exec(target);
  const [start, end] = found?.indices?.[1] ?? [];
  if (found === null || start === undefined || end === undefined) return undefined;
  const text = Buffer.from(unescaped(found[1] ?? ''), 'latin1');
  const isBase64 = /[?&]base64=1(&|#|$)/.test(target);
  const bytes = isBase64 ? Buffer.from(text.toString('latin1'), 'base64url') : text;
  return {
    bytes,
    compression: /[?&]compression=([\w-]+)/.exec(target)?.[1] ?? '',
    replaced: (made) => {
      const written = Buffer.from(made);
      const value = isBase64 ? written.toString('base64url') : escaped(written);
      return target.slice(0, start) + value + target.slice(end);
    },
  };
}

/** The bytes that a query value stands for, one character each. */
function unescaped(value: string): string {
  return value
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function escaped(bytes: Uint8Array): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
