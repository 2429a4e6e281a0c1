import { BodyWriter } from './codec/body-writer.ts';
import { tooLarge } from './codec/faults.ts';
import { FrameWriter } from './codec/frame-writer.ts';
import { IndexRows, type RowOrder } from './codec/index-rows.ts';
import { limits } from './codec/limits.ts';
import { schemasName } from './codec/part-path.ts';
import { encodeRecord } from './codec/record-codec.ts';
import type { ExchangeRecord } from './codec/record-schema.ts';
import type { Body, TriggerMark } from './exchange.ts';
import { type Manifest, type PartEntry, partNames } from './manifest.ts';
import type { OpenPart, PartSink } from './parts.ts';
import type { ScrubbedExchange } from './scrubbed.ts';

/** What the manifest has to say of the parts that were written. */
export interface WrittenParts extends Pick<Manifest, 'counts' | 'parts' | 'triggers'> {
  /** How many exchanges are payloads: inbound, of the primary service. */
  readonly payloads: number;
  /** Paths of the parts with schemas, by service. */
  readonly schemas: ReadonlyMap<string, string>;
}

/**
 * Writes the parts of one tape. Exchanges come one by one as they complete, in any order; ids are given at the end, by
 * request start. Memory: a frame of each part, 88 bytes an exchange, each distinct method, target and session once.
 */
export class TapeWriter {
  readonly #openPart: OpenPart;
  readonly #primary: string;
  readonly #records: FrameWriter;
  readonly #bodyFrames: FrameWriter;
  readonly #bodies: BodyWriter;
  readonly #index: PartSink;
  readonly #rows = new IndexRows();
  /** By row: the ids are not known yet. */
  readonly #marks = new Map<number, readonly TriggerMark[]>();
  readonly #schemas = new Map<string, PartEntry>();
  #bodyBytes = 0;
  #busy = false;

  private constructor(
    openPart: OpenPart,
    primary: string,
    records: PartSink,
    bodies: PartSink,
    index: PartSink,
  ) {
    this.#openPart = openPart;
    this.#primary = primary;
    this.#records = new FrameWriter(records);
    this.#bodyFrames = new FrameWriter(bodies);
    this.#bodies = new BodyWriter(this.#bodyFrames);
    this.#index = index;
  }

  /** Opens the three parts. `primary` is the service whose inbound exchanges are the payloads. */
  static async open(openPart: OpenPart, primary: string): Promise<TapeWriter> {
    const opened: PartSink[] = [];
    try {
      for (const name of [partNames.exchanges, partNames.bodies, partNames.index]) {
        opened.push(await openPart(name));
      }
      const [records, bodies, index] = opened;
      if (records === undefined || bodies === undefined || index === undefined)
        throw new Error('unopened part');
      return new TapeWriter(openPart, primary, records, bodies, index);
    } catch (error) {
      await Promise.allSettled(opened.map((sink) => sink.abort()));
      throw error;
    }
  }

  get count(): number {
    return this.#rows.count;
  }

  /**
   * Writes one exchange; its id is ignored. Await it before the next: it waits while the sinks are full.
   * @throws `tape-too-large` for more than a tape may hold; what the sinks throw. After a throw, `abort`.
   */
  async add(scrubbed: ScrubbedExchange): Promise<void> {
    if (this.#busy) throw new Error('TapeWriter.add was called before the last call had ended');
    this.#busy = true;
    const record = await this.#withBodies(scrubbed);
    if (this.count === limits.exchanges) {
      throw tooLarge(partNames.exchanges, 'exchanges', this.count + 1, limits.exchanges);
    }
    const line = encodeRecord(record);
    const { frame, offset } = this.#records.position;
    if (offset + line.length > limits.frameBytes) {
      throw tooLarge(partNames.exchanges, 'bytes of a frame', offset + line.length, limits.frameBytes);
    }
    await this.#records.append(line);
    const row = this.#rows.append(record, { frame, offset, bytes: line.length - 1 });
    if (record.triggers !== undefined) this.#marks.set(row, record.triggers);
    this.#busy = false;
  }

  /**
   * Writes the protobuf schemas of a service, a serialized `google.protobuf.FileDescriptorSet`, as a part of their own.
   * @throws `tape-too-large`; what the sink throws. After a throw, `abort`.
   */
  async addSchemas(service: string, descriptorSet: Uint8Array): Promise<void> {
    if (this.#schemas.has(service)) throw new Error('a service has its schemas already');
    const name = schemasName(service, this.#schemas.size + 1);
    if (descriptorSet.length > limits.schemasBytes) {
      throw tooLarge(name, 'bytes', descriptorSet.length, limits.schemasBytes);
    }
    const sink = await this.#openPart(name);
    try {
      await sink.write(descriptorSet);
      this.#schemas.set(service, await sink.close());
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }

  /** Ends all parts, the index last. */
  async finish(): Promise<WrittenParts> {
    const parts: PartEntry[] = [await this.#records.close(), await this.#bodyFrames.close()];
    const order = this.#rows.order(this.#primary);
    for (const piece of this.#rows.encode(order, this.#records.frames, this.#bodyFrames.frames)) {
      await this.#index.write(piece);
    }
    parts.push(await this.#index.close(), ...this.#schemas.values());
    return {
      parts,
      schemas: new Map([...this.#schemas].map(([service, { path }]) => [service, path])),
      payloads: order.payloads,
      triggers: this.#marksById(order),
      counts: { exchanges: this.count, connections: order.connections, bytes: this.#bodyBytes },
    };
  }

  /** Throws all parts away. Safe at any time before `finish` has ended. */
  async abort(): Promise<void> {
    await Promise.allSettled([this.#records.abort(), this.#bodyFrames.abort(), this.#index.abort()]);
  }

  async #withBodies(scrubbed: ScrubbedExchange): Promise<ExchangeRecord> {
    const { exchange, requestBody, responseBody } = scrubbed;
    const { id: _id, request, response, ...rest } = exchange;
    const requestPart = { ...request, body: await this.#place(request.body, requestBody) };
    if (response === undefined) {
      if (responseBody.length > 0) throw new Error('an exchange without a response has a response body');
      return { ...rest, request: requestPart };
    }
    const body = await this.#place(response.body, responseBody);
    return { ...rest, request: requestPart, response: { ...response, body } };
  }

  async #place(body: Body, bytes: Uint8Array): Promise<Body> {
    if (body.size !== bytes.length) {
      throw new Error(`a body of ${bytes.length} bytes says that it has ${body.size}`);
    }
    if (bytes.length > limits.bodyBytes) {
      throw tooLarge(partNames.bodies, 'bytes of a body', bytes.length, limits.bodyBytes);
    }
    const { ref: _unplaced, ...unplaced } = body;
    const ref = await this.#bodies.write(bytes);
    this.#bodyBytes += bytes.length;
    return ref === undefined ? unplaced : { ...unplaced, ref };
  }

  #marksById(order: RowOrder): WrittenParts['triggers'] {
    const triggers: WrittenParts['triggers'][number][] = [];
    order.rows.forEach((row, index) => {
      for (const mark of this.#marks.get(row) ?? []) triggers.push({ ...mark, exchange: index + 1 });
    });
    return triggers.sort((a, b) => a.at - b.at);
  }
}
