import { randomBytes } from 'node:crypto';
import { createScrubber } from '../sanitizers/engine.ts';
import type { Scrubber } from '../sanitizers/port.ts';
import { encodeManifest } from '../tape/codec/manifest-codec.ts';
import { type Manifest, tapeFormat } from '../tape/manifest.ts';
import type { TapeId } from '../tape/tape-id.ts';
import { TapeWriter, type WrittenParts } from '../tape/writer.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import type { VaultWriter } from '../vault/port.ts';
import { Breath } from './breath.ts';
import type { CollectedWindow } from './collected-window.ts';

export interface TapeToWrite {
  readonly id: TapeId;
  /** Which attempt this is: part of the folder's name. */
  readonly fence: number;
  readonly tunnel: TunnelConfig;
  readonly window: CollectedWindow;
}

/**
 * Scrubs a window and writes it as a tape: the parts into a folder of this attempt, the manifest last, if there is none
 * yet. Answers the manifest that was written, or `undefined` where another attempt was first.
 * Throws `vault-out-of-reach`, `not-allowed`; then it may be called again.
 */
export async function writeTape(
  vault: VaultWriter,
  { id, fence, tunnel, window }: TapeToWrite,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const { namespace } = tunnel;
  const scrubber = createScrubber(tunnel.sanitization);
  await learn(scrubber, window, signal);
  await vault.nameTape(namespace, id);
  const attempt = `${fence}-${randomBytes(4).toString('hex')}`;
  const writer = await TapeWriter.open(
    (name) => vault.openPart(namespace, id, `${attempt}/${name}`, signal),
    window.primary,
  );
  let written: WrittenParts;
  try {
    for (const decoded of window.exchanges) {
      signal.throwIfAborted();
      await writer.add(scrubber.scrub(decoded));
    }
    written = await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  signal.throwIfAborted();
  const manifest = manifestOf(id, tunnel, window, written, scrubber);
  const published = await vault.publish(namespace, id, encodeManifest(manifest));
  return published === 'published' ? manifest : undefined;
}

async function learn(scrubber: Scrubber, window: CollectedWindow, signal: AbortSignal): Promise<void> {
  const breath = new Breath();
  for (const decoded of window.exchanges) {
    scrubber.learn(decoded);
    await breath.take();
    signal.throwIfAborted();
  }
}

function manifestOf(
  id: TapeId,
  tunnel: TunnelConfig,
  window: CollectedWindow,
  written: WrittenParts,
  scrubber: Scrubber,
): Manifest {
  const services = new Set([window.primary, ...window.exchanges.map(({ exchange }) => exchange.service)]);
  const unattached = window.unattached.map((mark) => scrubber.scrubMark(mark));
  return {
    format: tapeFormat,
    id,
    namespace: tunnel.namespace,
    tunnel: tunnel.name,
    primary: window.primary,
    services: [...services].map((name) => ({ name })),
    triggers: [...written.triggers, ...unattached].sort((a, b) => a.at - b.at),
    scope: window.scope.kind,
    sessions: [...window.scope.sessions].map((session) => scrubber.scrubValue(session)),
    window: window.window,
    clock: {
      start: String(BigInt(Math.round(window.startWallMs * 1000)) * 1000n),
      skew_ms: window.skewMs,
    },
    counts: written.counts,
    gaps: [...window.gaps, ...scrubber.gaps],
    sanitizers: scrubber.runs,
    mock_keys: scrubber.mockKeys,
    parts: written.parts,
    written: new Date().toISOString(),
  };
}
