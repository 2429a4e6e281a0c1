import { constants } from 'node:zlib';

/** What a content coding held. */
export interface Inflated {
  readonly bytes: Uint8Array;
  /** Whether the coded bytes held this and nothing else: no file name, no comment, no frame that decoders skip. */
  readonly pure: boolean;
}

/** Options for node:zlib: to `most` bytes, and of a body that was cut as far as it goes. */
export function settings(most: number, cut: boolean, operation: number = constants.Z_SYNC_FLUSH) {
  return { maxOutputLength: most, info: true, ...(cut ? { finishFlush: operation } : {}) };
}

export function whole(result: unknown, input: Uint8Array): Uint8Array {
  const { buffer, consumed } = informed(result);
  if (consumed !== input.length) throw new Error('bytes stand behind the end of the coding');
  return buffer;
}

/** With `info`, node:zlib returns the output beside an engine that knows how much input it took; the types do not say so. */
export function informed(result: unknown): { readonly buffer: Uint8Array; readonly consumed: number } {
  if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
    const { buffer, engine } = result;
    if (
      buffer instanceof Uint8Array &&
      typeof engine === 'object' &&
      engine !== null &&
      'bytesWritten' in engine
    ) {
      return { buffer, consumed: Number(engine.bytesWritten) };
    }
  }
  throw new TypeError('node:zlib gave no info');
}
