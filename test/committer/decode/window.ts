import type { DecodedExchange, DecoderSettings } from '../../../committer/decode/port.ts';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import type { Batch, DataRecord, Ending, LedgerRecord, Sender } from '../../../ledger/segment.ts';
import type { Gap } from '../../../tape/gap.ts';
import { Http1Scanner } from '../../../wire/http1/scanner.ts';

/** Wall clock of tape time 0 in these tests. */
export const startWallMs = 1_800_000_000_000;

/** What an interceptor writes of one connection, by the ledger's rules: segments with marks, in the order sent. */
export class Wire {
  readonly records: LedgerRecord[] = [];
  readonly connection: number;
  #time: number;
  readonly #offsets: Record<Sender, number> = { client: 0, service: 0 };
  readonly #scanners: Record<Sender, Http1Scanner>;
  #firstBegin: { readonly message: number; readonly at: number } | undefined;

  constructor(connection = 1, time = 0) {
    this.connection = connection;
    this.#time = time;
    const sink = {
      onMessageBegin: (message: number, at: number) => {
        this.#firstBegin ??= { message, at };
      },
      onMessageEnd: () => {},
      onOpaque: () => {},
    };
    const service = new Http1Scanner('response', { ...sink, onHead: () => {} });
    const client = new Http1Scanner('request', { ...sink, onHead: (head) => service.expect(head.method) });
    this.#scanners = { client, service };
    this.records.push({ kind: 'open', connection, time, client: '10.0.0.9:4000', service: 'checkout:8080' });
  }

  get #located(): { connection: number; time: number } {
    return { connection: this.connection, time: this.#time };
  }

  offset(sender: Sender): number {
    return this.#offsets[sender];
  }

  at(time: number): this {
    this.#time = time;
    return this;
  }

  /** One segment. */
  send(sender: Sender, bytes: string | Uint8Array): this {
    const copy = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.#firstBegin = undefined;
    this.#scanners[sender].push(copy, 0, copy.length);
    const record: DataRecord = {
      kind: 'data',
      ...this.#located,
      sender,
      offset: this.#offsets[sender],
      bytes: copy,
    };
    this.records.push(this.#firstBegin === undefined ? record : { ...record, mark: this.#firstBegin });
    this.#offsets[sender] += copy.length;
    this.#time += 1000;
    return this;
  }

  client(bytes: string): this {
    return this.send('client', bytes);
  }

  service(bytes: string): this {
    return this.send('service', bytes);
  }

  /** Bytes that pass and are not recorded. */
  skip(sender: Sender, bytes: string, message: number, cause: 'body_limit' | 'ignored' = 'body_limit'): this {
    const copy = Buffer.from(bytes, 'latin1');
    this.#scanners[sender].push(copy, 0, copy.length);
    const [offset, length] = [this.#offsets[sender], copy.length];
    this.records.push({ kind: 'skip', ...this.#located, sender, offset, length, message, cause });
    this.#offsets[sender] += length;
    return this;
  }

  messageEnd(sender: Sender, message: number): this {
    this.records.push({
      kind: 'message_end',
      ...this.#located,
      sender,
      message,
      offset: this.#offsets[sender],
    });
    return this;
  }

  end(sender: Sender, how: Ending): this {
    this.records.push({ kind: 'end', ...this.#located, sender, how });
    return this;
  }

  trigger(message: number, trigger = 'on_status', detail = ''): this {
    this.records.push({
      kind: 'trigger',
      ...this.#located,
      message,
      trigger,
      fingerprint: 'GET / 500',
      detail,
    });
    return this;
  }

  opaque(cause: 'opaque' | 'malformed' = 'opaque'): this {
    this.records.push({ kind: 'opaque', ...this.#located, cause });
    return this;
  }
}

/** A batch of one instance whose process began at the tape's start. */
export function batchOf(records: readonly LedgerRecord[], instance = 'a'): Batch {
  const clock = { process: 0, wallMs: startWallMs };
  return { header: { instance, service: 'checkout:8080', clock }, records };
}

/** Decodes batches; `undefined` among them is a lost batch. */
export function decode(
  batches: readonly (Batch | undefined)[],
  settings: Partial<DecoderSettings> = {},
): { exchanges: DecodedExchange[]; gaps: readonly Gap[] } {
  const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20, ...settings });
  const exchanges: DecodedExchange[] = [];
  for (const batch of batches) {
    if (batch === undefined) decoder.hole('a');
    else decoder.push(batch);
    exchanges.push(...decoder.take());
  }
  exchanges.push(...decoder.end());
  return { exchanges, gaps: decoder.gaps };
}
