import { inflateSync } from 'node:zlib';
import type { Batch, SchemaRecord } from '../ledger/segment.ts';

/** Bytes of a set once it is inflated; what an interceptor asks for is less. */
const setLimit = 4 * 1024 * 1024;
/** Services of one window whose schemas are kept. */
const mostServices = 64;

interface Gathering {
  readonly set: number;
  readonly pieces: (Uint8Array | undefined)[];
}

/** The protobuf schemas of services, gathered from the pieces that a window holds. The newest whole set counts. */
export class SeenSchemas {
  /** By interceptor process and service. */
  readonly #gathering = new Map<string, Gathering>();
  readonly #sets = new Map<string, Uint8Array>();

  add({ header, records }: Batch): void {
    for (const record of records) if (record.kind === 'schema') this.#take(header.instance, record);
  }

  /** Serialized `google.protobuf.FileDescriptorSet`s, by service. */
  get sets(): ReadonlyMap<string, Uint8Array> {
    return this.#sets;
  }

  #take(instance: string, { service, piece, bytes }: SchemaRecord): void {
    const key = `${instance} ${service}`;
    const known = this.#gathering.get(key);
    if (known === undefined && this.#gathering.size === mostServices) return;
    const gathering =
      known?.set === piece.set && known.pieces.length === piece.count
        ? known
        : { set: piece.set, pieces: new Array<Uint8Array | undefined>(Math.min(piece.count, setLimit)) };
    this.#gathering.set(key, gathering);
    if (gathering.pieces[piece.index] !== undefined) return;
    // The batch's memory is not kept.
    gathering.pieces[piece.index] = Uint8Array.from(bytes);
    const pieces = gathering.pieces.filter((each) => each !== undefined);
    if (pieces.length < piece.count) return;
    const set = inflated(Buffer.concat(pieces));
    if (set !== undefined) this.#sets.set(service, set);
  }
}

/** Sealed by an interceptor of ours: what does not inflate is damaged, and as good as none. */
function inflated(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: setLimit });
  } catch {
    return undefined;
  }
}
