import { frameFlags, frameTypes } from '../../../wire/http2/frame.ts';

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

export const { endStream, endHeaders, padded, priority, ack } = frameFlags;

export const settingIds = { tableSize: 1, push: 2, streams: 3, initialWindow: 4, frameSize: 5 } as const;

export function settings(values: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(values.length * 6);
  for (const [i, [id, value]] of values.entries()) {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  }
  return frame(frameTypes.settings, 0, 0, payload);
}

export const settingsAck = frame(frameTypes.settings, ack, 0);

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(0x7f, 0, bytes.length), bytes]);
}

/** RFC 7541 section 5.1, with the bits before the prefix. */
export function integer(mask: number, before: number, value: number): Buffer {
  if (value < mask) return Buffer.from([before | value]);
  const octets = [before | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) octets.push((rest % 0x80) | 0x80);
  return Buffer.from([...octets, rest]);
}

export type Fields = readonly (readonly [name: string, value: string])[];

/** Literals that enter no table (`0x00`), or that do (`0x40`). */
export function literals(fields: Fields, first: 0x00 | 0x40 = 0x00): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([first]), text(name), text(value)]));
}

export function headers(stream: number, fields: Fields, flags: number = endHeaders): Buffer {
  return frame(frameTypes.headers, flags, stream, literals(fields));
}

export function data(stream: number, content: string | Uint8Array, flags = 0): Buffer {
  return frame(frameTypes.data, flags, stream, Buffer.from(content as string, 'latin1'));
}

export const get: Fields = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'shop'],
  [':path', '/cart'],
];
export const ok: Fields = [[':status', '200']];
