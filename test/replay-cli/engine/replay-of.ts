import { PassThrough } from 'node:stream';
import type { TargetAddress } from '../../../program/address.ts';
import { openReplay, type ReplayOptions, type TapeReplay } from '../../../replay-cli/engine/replay.ts';
import type { Manifest } from '../../../tape/manifest.ts';
import type { ScrubbedExchange } from '../../../tape/scrubbed.ts';
import { type ExchangeSketch, madePrimary, makeTape } from '../../tape/make-tape.ts';

/** A replay of a made tape to `target`, with plain options. */
export async function replayOf(
  sketches: readonly (ExchangeSketch | ScrubbedExchange)[],
  target: TargetAddress,
  options: Partial<ReplayOptions> = {},
  manifest: Partial<Manifest> = {},
): Promise<TapeReplay> {
  const tape = await makeTape(sketches, manifest);
  return openReplay({
    tape,
    targets: new Map([[madePrimary, target]]),
    tls: {},
    moved: true,
    byHand: { headers: [], map: new Map() },
    patienceMs: 10_000,
    environment: {},
    cwd: process.cwd(),
    output: new PassThrough().resume(),
    ...options,
  });
}
