import type { PayloadId, Sending, StreamControl } from '../engine/port.ts';

/** A stream that is stepped message by message. */
export interface HeldStream {
  readonly sending: Sending;
  readonly stream: StreamControl;
}

/** The streams of a pass that wait to be let go, the one that was begun last first. */
export class HeldStreams {
  #held: HeldStream[] = [];

  hold(sending: Sending, stream: StreamControl): HeldStream {
    const held = { sending, stream };
    this.#held.unshift(held);
    return held;
  }

  /** The stream that the next message belongs to. */
  get current(): HeldStream | undefined {
    this.#held = this.#held.filter(({ stream }) => !stream.isDone);
    return this.#held[0];
  }

  has(id: PayloadId): boolean {
    return this.#held.some(({ sending, stream }) => sending.id === id && !stream.isDone);
  }

  /** Lets all go on with their timing. */
  release(): void {
    for (const { stream } of this.#held) if (!stream.isDone) stream.release();
    this.#held = [];
  }

  /** Gives up those of payloads that `isLeft` says, and gives these. */
  cancel(isLeft: (id: PayloadId) => boolean): readonly Sending[] {
    const left = this.#held.filter(({ sending, stream }) => !stream.isDone && isLeft(sending.id));
    for (const { stream } of left) stream.cancel();
    this.#held = this.#held.filter((held) => !left.includes(held));
    return left.map(({ sending }) => sending);
  }

  /** A new pass began: there is nothing to step any more. */
  forget(): void {
    this.#held = [];
  }
}
