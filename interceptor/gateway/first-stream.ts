import { preface } from '../../wire/first-bytes.ts';
import { Http2Connection } from '../../wire/http2/connection.ts';
import { places, wantedNames } from '../../wire/http2/core-names.ts';

/** What a connection of HTTP/2 asks for first. */
export interface FirstStream {
  readonly authority: string | undefined;
  readonly path: string;
}

const frameHead = 9;
/** What a sender may send before the other says otherwise (RFC 9113 section 6.5.2). */
const longestFrame = 16_384;
const settings = 4;
const acknowledged = 1;
const wanted = wantedNames(['host']);
const hostPlace = wanted.place('host');
/** Bytes until the first stream's request is whole, and the settings of ours acknowledged. */
const mostBytes = 262_144;

/** An empty frame of SETTINGS (RFC 9113 section 6.5): what a server begins with that wants nothing in particular. */
export const noSettings: Buffer = Buffer.from([0, 0, 0, settings, 0, 0, 0, 0, 0]);

/**
 * Reads the beginning of a connection of HTTP/2 up to its first request. A client may wait for the settings of its server
 * before it sends one (those of gRPC do), and who that is only the request tells: so settings are sent that want nothing.
 * Their acknowledgement is taken out of what goes on; the service sends settings of its own, as it may at any time.
 */
export class FirstStreamReader {
  readonly #connection: Http2Connection<undefined>;
  readonly #onWait: () => void;
  #stream: FirstStream | undefined;
  #opaque = false;
  /** Where the next frame begins. */
  #at = 0;
  #waits = false;
  #acknowledgedAt = -1;

  /** `onWait`: the client waits for settings. */
  constructor(onWait: () => void) {
    this.#onWait = onWait;
    this.#connection = new Http2Connection<undefined>(
      {
        onRequest: ({ path }, { values }) => {
          this.#stream ??= { authority: values[places.authority] ?? values[hostPlace], path };
        },
        onOpaque: () => {
          this.#opaque = true;
        },
        ...{ onResponse: ignore, onTrailers: ignore, onData: ignore, onStrayData: ignore },
        ...{ onEnd: ignore, onReset: ignore, onPush: ignore, onGoaway: ignore },
      },
      { wanted },
    );
  }

  /** For `peek`: all that came so far. `broken`: it is no HTTP/2, or asks for nothing. */
  judge(bytes: Buffer, ended: boolean): FirstStream | 'broken' | 'more' {
    this.#take(bytes);
    if (this.#opaque || bytes.length > mostBytes) return 'broken';
    if (this.#stream !== undefined && this.#waits === this.#acknowledgedAt >= 0) return this.#stream;
    if (ended) return 'broken';
    // Nothing but whole frames, of which the first is of settings.
    if (!this.#waits && this.#at === bytes.length && this.#at > preface.length) {
      this.#waits = true;
      this.#onWait();
    }
    return 'more';
  }

  /** What goes on to the service. */
  headOf(bytes: Buffer): Buffer {
    const at = this.#acknowledgedAt;
    return at < 0 ? bytes : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + frameHead)]);
  }

  /** Follows the whole frames that are there, without the acknowledgement of settings that no service has sent. */
  #take(bytes: Buffer): void {
    if (this.#at === 0) this.#push(bytes, preface.length);
    while (bytes.length >= this.#at + frameHead) {
      const length = bytes.readUIntBE(this.#at, 3);
      const end = this.#at + frameHead + length;
      if (length > longestFrame) this.#opaque = true;
      if (this.#opaque || bytes.length < end) return;
      const isAcknowledgement = bytes[this.#at + 3] === settings && bytes[this.#at + 4] === acknowledged;
      if (this.#waits && isAcknowledgement && this.#acknowledgedAt < 0) {
        this.#acknowledgedAt = this.#at;
        this.#at = end;
      } else this.#push(bytes, end);
    }
  }

  #push(bytes: Buffer, end: number): void {
    this.#connection.push('client', bytes, this.#at, end);
    this.#at = end;
  }
}

function ignore(): void {}
