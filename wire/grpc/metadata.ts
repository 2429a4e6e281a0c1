const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The values that a `-bin` field holds: base64 with padding or without, several joined by commas. Undefined where it is
 * no base64.
 */
export function decodeBinary(value: string): readonly Uint8Array[] | undefined {
  const values = value.split(',').map((each) => each.trim());
  return values.every(
    (each) => /^[A-Za-z0-9+/]*={0,2}$/.test(each) && each.replace(/=+$/, '').length % 4 !== 1,
  )
    ? values.map((each) => Buffer.from(each, 'base64'))
    : undefined;
}

/** The text of a `-bin` field for one value, padded as `like` is. */
export function encodeBinary(bytes: Uint8Array, like: string): string {
  const text = Buffer.from(bytes).toString('base64');
  return like.length % 4 === 0 ? text : text.replace(/=+$/, '');
}

/** A `grpc-message`: percent-encoded UTF-8. What is no such thing stays as it stands, as the specification asks. */
export function decodeStatusMessage(value: string): string {
  if (!value.includes('%')) return value;
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at++) {
    const hex = value[at] === '%' ? /^[0-9A-Fa-f]{2}/.exec(value.slice(at + 1, at + 3))?.[0] : undefined;
    bytes.push(hex === undefined ? value.charCodeAt(at) & 0xff : Number.parseInt(hex, 16));
    if (hex !== undefined) at += 2;
  }
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return value;
  }
}

/** As a server writes it: all but printable ASCII, and the percent sign, escaped. */
export function encodeStatusMessage(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

const units: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]);

/** Milliseconds of a `grpc-timeout`: at most eight digits and a unit. */
export function parseTimeout(value: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? [];
  const ms = units.get(unit);
  return ms === undefined ? undefined : Number(digits) * ms;
}

/** Milliseconds of a `connect-timeout-ms`: at most ten digits. */
export function parseConnectTimeout(value: string): number | undefined {
  return /^\d{1,10}$/.test(value) ? Number(value) : undefined;
}
