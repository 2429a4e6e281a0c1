import { beyond } from './breach.ts';
import { limits } from './limits.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';
import { Http2Stream } from './stream.ts';

/** Of streams that were opened before the state: no reset of theirs is rapid. */
const longAgo = -2;

/** The open streams of a connection, bounded in number and in the text that they keep. */
export class StreamTable<T> {
  /** The last that the client opened, and the last that the service announced. */
  lastOpened = 0;
  lastPushed = 0;
  readonly #open = new Map<number, Http2Stream<T>>();
  #text = 0;

  get size(): number {
    return this.#open.size;
  }

  [Symbol.iterator](): Iterator<Http2Stream<T>> {
    return this.#open.values();
  }

  get(id: number): Http2Stream<T> | undefined {
    return this.#open.get(id);
  }

  add(stream: Http2Stream<T>): void {
    this.#text += stream.method.length + stream.path.length;
    if (this.#open.size >= limits.streams || this.#text > limits.streamText) beyond('many open streams');
    this.#open.set(stream.id, stream);
    this.lastOpened = Math.max(this.lastOpened, stream.id);
  }

  remove(stream: Http2Stream<T>): void {
    if (this.#open.delete(stream.id)) this.#text -= stream.method.length + stream.path.length;
  }

  write(state: StateWriter): void {
    state.number(this.lastOpened);
    state.number(this.lastPushed);
    const texts = new Map<string, number>();
    for (const stream of this)
      for (const text of textsOf(stream)) {
        if (!texts.has(text)) texts.set(text, texts.size);
      }
    state.number(texts.size);
    for (const text of texts.keys()) state.text(text);
    state.number(this.size);
    for (const stream of this) {
      state.number(stream.id);
      for (const text of textsOf(stream)) state.number(texts.get(text) ?? 0);
      state.number(stream.status);
      state.flag(stream.ignored);
      stream.client.write(state);
      stream.service.write(state);
    }
  }

  read(state: StateReader): void {
    const lastOpened = state.number();
    this.lastPushed = state.number();
    const texts = Array.from({ length: state.count() }, () => state.text());
    const text = (): string => {
      const found = texts[state.number()];
      if (found === undefined) throw new RangeError('the state lacks a text');
      return found;
    };
    for (let left = state.count(); left > 0; left--) {
      const stream = new Http2Stream<T>(state.number(), text(), text(), longAgo);
      stream.status = state.number();
      stream.ignored = state.flag();
      stream.client.read(state);
      stream.service.read(state);
      this.add(stream);
    }
    this.lastOpened = lastOpened;
  }

  clear(): void {
    this.#open.clear();
    this.#text = 0;
  }

  /** Whether nobody has opened or announced it yet. */
  isIdle(id: number): boolean {
    return id > (id % 2 === 1 ? this.lastOpened : this.lastPushed);
  }
}

function textsOf<T>({ method, path }: Http2Stream<T>): [method: string, path: string] {
  return [method, path];
}
