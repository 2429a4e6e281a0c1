import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Outlet } from '../stream/outlet.ts';

export type RawCall = ClientDuplexStream<Uint8Array, Uint8Array>;

/** Sends messages over a call of grpc-js. */
export class CallOutlet implements Outlet {
  readonly #call: RawCall;

  constructor(call: RawCall) {
    this.#call = call;
  }

  data(message: Uint8Array): void {
    this.#call.write(message);
  }

  end(last: Uint8Array | undefined, onWritten: () => void): void {
    if (last !== undefined) this.#call.write(last);
    this.#call.once('finish', onWritten);
    this.#call.end();
  }

  /** Always with CANCEL: what is to be reset with another code is not given to grpc-js. */
  reset(): void {
    this.#call.cancel();
  }

  leave(): void {
    this.#call.cancel();
  }
}
