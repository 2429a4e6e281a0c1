import { beyond } from './breach.ts';
import { limits } from './limits.ts';

/** Counts what costs a peer work and brings nothing. It has no clock: whoever has one calls `calm` now and then. */
export class Floods {
  #idleFrames = 0;
  #rapidResets = 0;

  /** A frame that brings nothing. */
  idle(): void {
    if (++this.#idleFrames > limits.idleFrames) beyond('a flood of frames that bring nothing');
  }

  /** A frame that brings something. */
  progress(): void {
    this.#idleFrames = 0;
  }

  /** The client took a request back as soon as it sent it. */
  rapidReset(): void {
    if (++this.#rapidResets > limits.rapidResets) beyond('a flood of requests that are taken back');
  }

  calm(): void {
    this.#idleFrames = 0;
    this.#rapidResets = 0;
  }
}
