import type { ClientHttp2Stream } from 'node:http2';
import { cancelCode, type Outlet } from '../stream/outlet.ts';
import type { Http2Connection } from './http2-connection.ts';

/** Sends over a stream of our own. */
export class Http2Outlet implements Outlet {
  readonly #stream: ClientHttp2Stream;
  readonly #connection: Http2Connection;

  constructor(stream: ClientHttp2Stream, connection: Http2Connection) {
    this.#stream = stream;
    this.#connection = connection;
  }

  data(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  end(last: Uint8Array | undefined, onWritten: () => void): void {
    if (last === undefined) this.#stream.end(onWritten);
    else this.#stream.end(last, onWritten);
  }

  reset(code: number): void {
    this.#stream.close(code);
  }

  /** The connection ends with the last of its streams: others may be slower than they were recorded. */
  leave(): void {
    this.#stream.close(cancelCode);
    if (this.#connection.open <= 1) this.#connection.drop('dropped');
  }
}
