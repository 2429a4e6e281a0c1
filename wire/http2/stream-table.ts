import { beyond } from './breach.ts';
import { limits } from './limits.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';
import { Http2Stream } from './stream.ts';

const none: Iterator<never> = [][Symbol.iterator]();

/** Of streams that were opened before the state: no reset of theirs is rapid. */
const longAgo = -2;

/** Places that the table may have; streams beyond them, or whose place is taken for long, are looked up in a map. */
const [fewestPlaces, mostPlaces] = [16, 256];

/**
 * The open streams of a connection, bounded in number and in the text that they keep. Streams are numbered in order and
 * most are over soon, so that each has a place of its own by its number: a map took 2 % of an interceptor's time.
 */
export class StreamTable<T> {
  /** The last that the client opened, and the last that the service announced. */
  lastOpened = 0;
  lastPushed = 0;
  size = 0;
  #places: (Http2Stream<T> | undefined)[] = [];
  readonly #others = new Map<number, Http2Stream<T>>();
  #text = 0;

  /** In the order in which they were opened. */
  [Symbol.iterator](): Iterator<Http2Stream<T>> {
    if (this.size === 0) return none;
    const open = this.#places.filter((stream) => stream !== undefined);
    return [...open, ...this.#others.values()].sort((a, b) => a.id - b.id)[Symbol.iterator]();
  }

  get(id: number): Http2Stream<T> | undefined {
    const stream = this.#places[(id >> 1) & (this.#places.length - 1)];
    return stream?.id === id ? stream : this.#others.get(id);
  }

  add(stream: Http2Stream<T>): void {
    this.#text += stream.method.length + stream.path.length;
    if (this.size >= limits.streams || this.#text > limits.streamText) beyond('many open streams');
    this.size++;
    this.#place(stream);
    this.lastOpened = Math.max(this.lastOpened, stream.id);
  }

  remove(stream: Http2Stream<T>): void {
    const place = (stream.id >> 1) & (this.#places.length - 1);
    if (this.#places[place] === stream) this.#places[place] = undefined;
    else if (!this.#others.delete(stream.id)) return;
    this.size--;
    this.#text -= stream.method.length + stream.path.length;
  }

  #place(stream: Http2Stream<T>): void {
    const place = (stream.id >> 1) & (this.#places.length - 1);
    if (this.#places.length > 0 && this.#places[place] === undefined) this.#places[place] = stream;
    else if (this.#places.length < mostPlaces) this.#grow(stream);
    else this.#others.set(stream.id, stream);
  }

  #grow(stream: Http2Stream<T>): void {
    const before = this.#places;
    this.#places = new Array(Math.max(fewestPlaces, before.length * 2)).fill(undefined);
    for (const its of before) if (its !== undefined) this.#place(its);
    this.#place(stream);
  }

  write(state: StateWriter): void {
    state.number(this.lastOpened);
    state.number(this.lastPushed);
    const open = [...this];
    const texts = new Map<string, number>();
    for (const stream of open) {
      for (const text of textsOf(stream)) if (!texts.has(text)) texts.set(text, texts.size);
    }
    state.number(texts.size);
    for (const text of texts.keys()) state.text(text);
    state.number(open.length);
    for (const stream of open) {
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
    this.#places = [];
    this.#others.clear();
    this.size = 0;
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
