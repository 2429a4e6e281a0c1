import { createHash } from 'node:crypto';
import { encodeManifest } from '../../tape/codec/manifest-codec.ts';
import type { Body, Exchange, HeaderField, TriggerMark } from '../../tape/exchange.ts';
import { fingerprint } from '../../tape/fingerprint.ts';
import { type Manifest, tapeFormat } from '../../tape/manifest.ts';
import type { OpenPart, PartSink, PartSource } from '../../tape/parts.ts';
import { openTape, type Tape } from '../../tape/reader.ts';
import type { ScrubbedExchange } from '../../tape/scrubbed.ts';
import { TapeWriter } from '../../tape/writer.ts';
import { vaultFault } from '../../vault/filesystem/fault.ts';
import { FilePartSink } from '../../vault/filesystem/part-sink.ts';

/** An exchange in short. Times are milliseconds from tape start; what is left out has a plain value. */
export interface ExchangeSketch {
  readonly method?: string;
  readonly target?: string;
  readonly fields?: readonly HeaderField[];
  readonly body?: string | Uint8Array;
  /** `null`: no response came. */
  readonly status?: number | null;
  readonly reason?: string;
  readonly responseFields?: readonly HeaderField[];
  readonly responseBody?: string | Uint8Array;
  readonly connection?: number;
  readonly message?: number;
  readonly session?: string;
  readonly service?: string;
  readonly instance?: number;
  readonly direction?: 'inbound' | 'outbound';
  readonly start: number;
  /** End of the response; 10 ms after the start where it is not given. */
  readonly end?: number;
  readonly failure?: Exchange['failure'];
  readonly triggers?: readonly TriggerMark[];
}

/** The service that a made tape calls primary. */
export const madePrimary = 'checkout:8080';

const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

/** An exchange as the writer takes it. Content-Length and Host are added where no fields are given. */
export function sketchExchange(sketch: ExchangeSketch): ScrubbedExchange {
  const requestBody = Buffer.from(sketch.body ?? '');
  const start = nanoseconds(sketch.start);
  const end = nanoseconds(sketch.end ?? sketch.start + 10);
  const answered = sketch.status !== null;
  const responseBody = Buffer.from((answered && sketch.responseBody) || '');
  const exchange: Exchange = {
    id: 0,
    service: sketch.service ?? madePrimary,
    instance: sketch.instance ?? 0,
    connection: sketch.connection ?? 1,
    message: sketch.message ?? 0,
    ...(sketch.session === undefined ? {} : { session: sketch.session }),
    direction: sketch.direction ?? 'inbound',
    protocol: 'http/1',
    peers: { client: '10.0.0.7:50112', service: '10.0.0.9:8080' },
    request: {
      head: {
        method: sketch.method ?? 'GET',
        target: sketch.target ?? '/',
        version: 'HTTP/1.1',
        fields: sketch.fields ?? [['Host', 'checkout'], ...lengthField(requestBody)],
      },
      body: sketchBody(requestBody, start, requestBody.length === 0 ? 'none' : 'length'),
    },
    ...(answered
      ? {
          response: {
            head: {
              version: 'HTTP/1.1',
              status: sketch.status ?? 200,
              reason: sketch.reason ?? ((sketch.status ?? 200) < 400 ? 'OK' : 'Internal Server Error'),
              fields: sketch.responseFields ?? [['Content-Length', `${responseBody.length}`]],
            },
            body: sketchBody(responseBody, end, 'length'),
          },
        }
      : {}),
    ...(sketch.failure === undefined ? {} : { failure: sketch.failure }),
    times: {
      requestStart: start,
      requestEnd: start,
      ...(answered ? { responseStart: end, responseEnd: end } : {}),
    },
    ...(sketch.triggers === undefined ? {} : { triggers: sketch.triggers }),
  };
  // Tests stand in for the sanitizers, the only makers of this brand.
  return { exchange, requestBody, responseBody } as unknown as ScrubbedExchange;
}

/** The mark of an `on_status` trigger, for `ExchangeSketch.triggers`. `at` in milliseconds. */
export function statusMark(method: string, target: string, status: number, at: number): TriggerMark {
  return { trigger: 'on_status', at: nanoseconds(at), fingerprint: fingerprint(method, target, `${status}`) };
}

/** Parts in memory, by path. `bytes` may be changed by a test that breaks a tape. */
export class MemoryParts implements PartSource {
  readonly bytes = new Map<string, Buffer>();

  readonly open: OpenPart = async (name) => {
    const path = `attempt-1/${name}`;
    const chunks: Uint8Array[] = [];
    const sink: PartSink = {
      write: async (chunk) => void chunks.push(Buffer.from(chunk)),
      close: async () => {
        const bytes = Buffer.concat(chunks);
        this.bytes.set(path, bytes);
        return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
      },
      abort: async () => void this.bytes.delete(path),
    };
    return sink;
  };

  async read(name: string, start: number, end: number): Promise<Uint8Array> {
    const bytes = this.#find(name);
    if (end > bytes.length) throw new RangeError(`${name} ends before ${end}`);
    return bytes.subarray(start, end);
  }

  async size(name: string): Promise<number> {
    return this.#find(name).length;
  }

  async close(): Promise<void> {}

  #find(name: string): Buffer {
    const bytes = this.bytes.get(name);
    if (bytes === undefined) throw new Error(`no part ${name}`);
    return bytes;
  }
}

/**
 * Writes exchanges in the order given (that of their completion) and tells the manifest; `descriptorSet` holds the
 * schemas of the primary service.
 */
export async function writeTape(
  openPart: OpenPart,
  exchanges: Iterable<ScrubbedExchange> | AsyncIterable<ScrubbedExchange>,
  overrides: Partial<Manifest> = {},
  descriptorSet?: Uint8Array,
): Promise<Manifest> {
  const primary = overrides.primary ?? madePrimary;
  const writer = await TapeWriter.open(openPart, primary);
  for await (const exchange of exchanges) await writer.add(exchange);
  if (descriptorSet !== undefined) await writer.addSchemas(primary, descriptorSet);
  const { counts, parts, triggers, schemas } = await writer.finish();
  const path = schemas.get(primary);
  const span = { from: 1_700_000_000_000, to: 1_700_000_300_000 };
  return {
    format: tapeFormat,
    id: 'tape-id-7889A-crash',
    namespace: 'payment-services',
    tunnel: 'qa-dvr-interceptor',
    primary,
    services: [path === undefined ? { name: primary } : { name: primary, schemas: path }],
    instances: [{ instance: '0123456789abcdef', pod: 'checkout-1', service: primary, ledger_ahead_ms: 2 }],
    triggers,
    scope: 'tunnel',
    sessions: [],
    window: { asked: span, kept: span },
    clock: { start: '1700000000000000000', skew_ms: 2 },
    counts,
    gaps: [],
    sanitizers: [],
    mock_keys: [],
    parts,
    written: '2023-11-14T22:18:20.000Z',
    ...overrides,
  };
}

/** An open tape of these exchanges, in memory. */
export async function makeTape(
  sketches: readonly (ExchangeSketch | ScrubbedExchange)[],
  overrides: Partial<Manifest> = {},
): Promise<Tape> {
  const parts = new MemoryParts();
  const manifest = await writeTape(
    parts.open,
    sketches.map((one) => ('exchange' in one ? one : sketchExchange(one))),
    overrides,
  );
  return openTape(parts, manifest);
}

/** A tape of these exchanges in the folder `folder`, as `fetch` leaves one. */
export async function makeTapeFolder(
  folder: string,
  sketches: readonly ExchangeSketch[],
  overrides: Partial<Manifest> = {},
): Promise<Manifest> {
  return writeTapeFolder(folder, sketches.map(sketchExchange), overrides);
}

/** Likewise, of exchanges that come one by one. */
export async function writeTapeFolder(
  folder: string,
  exchanges: Iterable<ScrubbedExchange> | AsyncIterable<ScrubbedExchange>,
  overrides: Partial<Manifest> = {},
  descriptorSet?: Uint8Array,
): Promise<Manifest> {
  const open: OpenPart = (name) =>
    FilePartSink.open(`attempt-1/${name}`, `${folder}/attempt-1/${name}`, vaultFault);
  const manifest = await writeTape(open, exchanges, overrides, descriptorSet);
  const sink = await FilePartSink.open('manifest.json', `${folder}/manifest.json`, vaultFault);
  await sink.write(encodeManifest(manifest));
  await sink.close();
  return manifest;
}

function sketchBody(bytes: Uint8Array, at: number, framing: 'none' | 'length'): Body {
  return {
    size: bytes.length,
    framing: { kind: framing },
    arrivals: bytes.length === 0 ? [] : [[at, bytes.length]],
  };
}

function lengthField(body: Uint8Array): HeaderField[] {
  return body.length === 0 ? [] : [['Content-Length', `${body.length}`]];
}
