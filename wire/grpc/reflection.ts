import { FieldReader, wireTypes } from '../protobuf/field-reader.ts';
import { writeVarint } from '../protobuf/scalars.ts';

/** The method that answers what a server's messages are like, newest version first (gRPC, "Server Reflection Protocol"). */
export const reflectionPaths = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
] as const;

/** Fields of a request. */
const ask = { fileByName: 3, fileContainingSymbol: 4, listServices: 7 } as const;
/** Fields of a response. */
const answer = { files: 4, services: 6, error: 7 } as const;
/** Fields of a `FileDescriptorProto`. */
const file = { name: 1, dependency: 3, sourceCodeInfo: 9 } as const;

/** Questions of one dialogue; a server of more services and files than this is known in part. */
const mostQuestions = 2000;
/** Services that every server may have and nobody needs the schema of. */
const ownServices = /^grpc\.(reflection|health|channelz)\./;

/**
 * Asks one server for the files that describe its services: each question is a message to send, each answer the message
 * that came for it. Pure: whoever owns the stream carries both.
 */
export class ReflectionDialogue {
  readonly #limit: number;
  readonly #files = new Map<string, Uint8Array>();
  readonly #symbols: string[] = [];
  readonly #names: string[] = [];
  readonly #asked = new Set<string>();
  #questions = 0;
  #listed = false;
  #bytes = 0;
  /** Files were left out: there were more bytes, or questions, than the limits allow. */
  truncated = false;

  /** `limit`: bytes of the set. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The next message to send; undefined where all is known. To be called again only behind `take`. */
  next(): Uint8Array | undefined {
    if (!this.#listed) return question(ask.listServices, '*');
    if (this.#questions++ >= mostQuestions) {
      this.truncated = true;
      return undefined;
    }
    const symbol = this.#symbols.shift();
    if (symbol !== undefined) return question(ask.fileContainingSymbol, symbol);
    for (let name = this.#names.shift(); name !== undefined; name = this.#names.shift()) {
      if (!this.#files.has(name)) return question(ask.fileByName, name);
    }
    return undefined;
  }

  /**
   * Takes the answer to the last question. Returns false where the server does not list its services, or the answer is
   * none. A file that it does not have is left out.
   */
  take(message: Uint8Array): boolean {
    const reader = new FieldReader(message);
    let error = false;
    for (let read = reader.advance(); read !== 'end'; read = reader.advance()) {
      if (read === 'malformed') return false;
      if (reader.type !== wireTypes.bytes) continue;
      if (reader.number === answer.services) this.#takeServices(reader.content());
      else if (reader.number === answer.files) this.#takeFiles(reader.content());
      else if (reader.number === answer.error) error = true;
    }
    return this.#listed || !error;
  }

  /** What is known, as a `google.protobuf.FileDescriptorSet`. Comments are left out. */
  set(): Uint8Array {
    return Buffer.concat([...this.#files.values()].flatMap((bytes) => [tagged(1, bytes.length), bytes]));
  }

  get files(): number {
    return this.#files.size;
  }

  #takeServices(content: Uint8Array): void {
    this.#listed = true;
    for (const service of contents(content, 1)) {
      const name = contents(service, 1).map(text).at(-1);
      if (name !== undefined && !ownServices.test(name)) this.#symbols.push(name);
    }
  }

  #takeFiles(content: Uint8Array): void {
    for (const bytes of contents(content, 1)) {
      // Of a field that comes twice the last one counts.
      const name = contents(bytes, file.name).map(text).at(-1);
      if (name === undefined || this.#files.has(name)) continue;
      const kept = without(bytes, file.sourceCodeInfo);
      if (this.#bytes + kept.length > this.#limit) {
        this.truncated = true;
        continue;
      }
      this.#bytes += kept.length;
      this.#files.set(name, kept);
      for (const needed of contents(bytes, file.dependency).map(text)) {
        if (this.#asked.has(needed)) continue;
        this.#asked.add(needed);
        this.#names.push(needed);
      }
    }
  }
}

function question(field: number, value: string): Uint8Array {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([tagged(field, bytes.length), bytes]);
}

function tagged(field: number, length: number): Uint8Array {
  return Buffer.concat([writeVarint(field * 8 + wireTypes.bytes), writeVarint(length)]);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** The contents of all fields of that number; none where the bytes are no message. */
function contents(bytes: Uint8Array, number: number): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new FieldReader(bytes);
  while (reader.advance() === 'field') {
    if (reader.number === number && reader.type === wireTypes.bytes) found.push(reader.content());
  }
  return found;
}

function without(bytes: Uint8Array, number: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const reader = new FieldReader(bytes);
  while (reader.advance() === 'field') {
    if (reader.number !== number) pieces.push(bytes.subarray(reader.tag, reader.next));
  }
  return Buffer.concat(pieces);
}
