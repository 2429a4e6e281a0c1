import type { Json } from './json-value.ts';

type Fields = Readonly<Record<string, Json>>;

const prefix = 'google.protobuf.';
const wrappers: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['DoubleValue', 0],
  ['FloatValue', 0],
  ['Int64Value', '0'],
  ['UInt64Value', '0'],
  ['Int32Value', 0],
  ['UInt32Value', 0],
  ['BoolValue', false],
  ['StringValue', ''],
  ['BytesValue', ''],
]);

/** Messages of `google.protobuf` that JSON writes in a form of their own ("ProtoJSON"); undefined for all others. */
export function wellKnown(name: string, fields: Fields): Json | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const own = name.slice(prefix.length);
  const wrapped = wrappers.get(own);
  if (wrapped !== undefined) return fields.value ?? wrapped;
  switch (own) {
    case 'Timestamp':
      return timestamp(fields);
    case 'Duration':
      return duration(fields);
    case 'Struct':
      return fields.fields ?? {};
    case 'ListValue':
      return fields.values ?? [];
    case 'Value':
      return value(fields);
    default:
      return undefined;
  }
}

/** RFC 3339; undefined where the seconds are of no year from 0 to 9999. */
function timestamp(fields: Fields): Json | undefined {
  const ms = Number(fields.seconds ?? 0) * 1000;
  const nanos = Number(fields.nanos ?? 0);
  if (!(ms >= -62_135_596_800_000 && ms < 253_402_300_800_000) || !(nanos >= 0 && nanos < 1e9))
    return undefined;
  return `${new Date(ms).toISOString().slice(0, 19)}${fraction(nanos)}Z`;
}

function duration(fields: Fields): Json {
  const seconds = Number(fields.seconds ?? 0);
  const nanos = Number(fields.nanos ?? 0);
  const sign = seconds < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s`;
}

/** Nothing, or three, six or nine digits. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.replace(/(000){1,2}$/, '')}`;
}

function value(fields: Fields): Json {
  if ('nullValue' in fields) return null;
  return (
    fields.numberValue ??
    fields.stringValue ??
    fields.boolValue ??
    fields.structValue ??
    fields.listValue ??
    null
  );
}
