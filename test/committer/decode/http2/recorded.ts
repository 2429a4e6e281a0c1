import type { DecodedExchange } from '../../../../committer/decode/port.ts';
import { WindowDecoder } from '../../../../committer/decode/window-decoder.ts';
import type { Batch, Ending, Sender } from '../../../../ledger/segment.ts';
import type { Gap } from '../../../../tape/gap.ts';
import { observe } from '../../../interceptor/parts/observed.ts';
import type { Rules } from '../../../interceptor/parts/recorded.ts';
import type { Segment } from '../../../wire/http2/playbook.ts';

/** What happens on a connection: a segment, a batch that is handed over, an ending. */
export type Happens = Segment | 'hand' | { readonly sender: Sender; readonly end: Ending };

/** The batches in which a connection is recorded. */
export function record(happens: Iterable<Happens>, rules: Rules = {}): Batch[] {
  return observe(
    (driven) => {
      const tap = driven.open();
      for (const one of happens) {
        if (one === 'hand') driven.hand();
        else if ('end' in one) tap.end(one.sender, one.end);
        else driven.send(tap, one.sender, Buffer.from(one.bytes).toString('latin1'));
      }
    },
    { rules },
  );
}

export interface Decoded {
  readonly exchanges: readonly DecodedExchange[];
  readonly gaps: readonly Gap[];
}

/** Decodes batches; `undefined` is a lost one. */
export function decode(batches: readonly (Batch | undefined)[], bodyLimit = 1 << 20): Decoded {
  const instance = batches.find((batch) => batch !== undefined)?.header.instance ?? '';
  const decoder = new WindowDecoder({ startWallMs: Date.now(), bodyLimit });
  for (const batch of batches) {
    if (batch === undefined) decoder.hole(instance);
    else decoder.push(batch);
  }
  return { exchanges: decoder.end(), gaps: decoder.gaps };
}

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
