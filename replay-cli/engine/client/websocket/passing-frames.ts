import { readClose } from '../../../../wire/websocket/close.ts';
import { isControl, opcodes } from '../../../../wire/websocket/frame.ts';
import type { PassingMessage } from '../../port.ts';

/** A frame that goes by, unmasked and inflated. */
interface PassingFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Uint8Array;
}

/** Tells the messages of one side as their frames go by: texts and binary messages whole, pings, the close. No pongs. */
export class PassingFrames {
  readonly #from: PassingMessage['from'];
  readonly #tell: (message: PassingMessage) => void;
  #parts: Uint8Array[] = [];
  /** Texts and binary messages that were told. */
  count = 0;

  constructor(from: PassingMessage['from'], tell: (message: PassingMessage) => void) {
    this.#from = from;
    this.#tell = tell;
  }

  add({ opcode, fin, payload }: PassingFrame): void {
    if (isControl(opcode)) this.#control(opcode, payload);
    else {
      if (opcode !== opcodes.continuation) this.#parts = [];
      this.#parts.push(payload);
      if (fin) this.#message(this.#parts);
    }
  }

  #message(parts: readonly Uint8Array[]): void {
    this.#parts = [];
    this.count++;
    const content = () => (parts.length === 1 ? parts[0] : Buffer.concat(parts));
    this.#tell({ from: this.#from, number: this.count, at: performance.now(), content });
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === opcodes.pong) return;
    const { code, reason } = readClose(payload);
    const isClose = opcode === opcodes.close;
    const label = isClose ? `close${code === undefined ? '' : ` ${code}`}` : 'ping';
    const content = () => (isClose ? reason : payload);
    this.#tell({ from: this.#from, number: this.count, at: performance.now(), content, label });
  }
}
