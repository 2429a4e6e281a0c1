import { randomBytes } from 'node:crypto';
import { createScrubber } from '../sanitizers/engine.ts';
import type { Scrubber } from '../sanitizers/port.ts';
import { encodeManifest } from '../tape/codec/manifest-codec.ts';
import { type Manifest, type ServiceEntry, tapeFormat } from '../tape/manifest.ts';
import type { TapeId } from '../tape/tape-id.ts';
import { TapeWriter, type WrittenParts } from '../tape/writer.ts';
import type { VaultWriter } from '../vault/port.ts';
import { addDescriptorSet } from '../wire/protobuf/descriptor-set.ts';
import { Schemas } from '../wire/protobuf/schema.ts';
import type { HeldWindow } from './held-window.ts';
import { type WindowBounds, type WindowFindings, WindowPass, type WindowPlan } from './window-pass.ts';

export interface TapeToWrite {
  readonly id: TapeId;
  /** Which attempt this is: part of the folder's name. */
  readonly fence: number;
  readonly plan: WindowPlan;
  readonly bounds: WindowBounds;
  readonly held: HeldWindow;
}

/**
 * Scrubs a held window and writes it as a tape: the parts into a folder of this attempt, the manifest last, if there is
 * none yet. The window is read twice, since a secret that only its end shows to be one may stand at its beginning.
 * Answers the manifest that was written, or `undefined` where another attempt was first.
 * Throws `vault-out-of-reach`, `not-allowed`; then it may be called again.
 */
export async function writeTape(
  vault: VaultWriter,
  tape: TapeToWrite,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const { id, plan, bounds, held } = tape;
  const { namespace, sanitization } = plan.tunnel;
  const scrubber = createScrubber(sanitization, schemasOf(bounds));
  for await (const exchange of held.exchanges(new WindowPass(plan, bounds), signal)) scrubber.learn(exchange);
  await vault.nameTape(namespace, id, signal);
  const pass = new WindowPass(plan, bounds);
  const { written, services } = await writeParts(vault, tape, pass, scrubber, signal);
  signal.throwIfAborted();
  const manifest = manifestOf(tape, pass.findings, written, services, scrubber);
  const published = await vault.publish(namespace, id, encodeManifest(manifest), signal);
  return published === 'published' ? manifest : undefined;
}

async function writeParts(
  vault: VaultWriter,
  { id, fence, plan, bounds, held }: TapeToWrite,
  pass: WindowPass,
  scrubber: Scrubber,
  signal: AbortSignal,
): Promise<{ readonly written: WrittenParts; readonly services: ReadonlySet<string> }> {
  const attempt = `${fence}-${randomBytes(4).toString('hex')}`;
  const writer = await TapeWriter.open(
    (name) => vault.openPart(plan.tunnel.namespace, id, `${attempt}/${name}`, signal),
    bounds.primary,
  );
  const services = new Set([bounds.primary]);
  try {
    for await (const exchange of held.exchanges(pass, signal)) {
      services.add(exchange.exchange.service);
      await writer.add(scrubber.scrub(exchange));
    }
    for (const [service, set] of bounds.schemas)
      if (services.has(service)) await writer.addSchemas(service, set);
    return { written: await writer.finish(), services };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function manifestOf(
  { id, plan, bounds }: TapeToWrite,
  { scope, kept, unattached, gaps }: WindowFindings,
  written: WrittenParts,
  services: ReadonlySet<string>,
  scrubber: Scrubber,
): Manifest {
  const { tunnel, asked } = plan;
  const left = unattached.map((mark) => scrubber.scrubMark(mark));
  return {
    format: tapeFormat,
    id,
    namespace: tunnel.namespace,
    tunnel: tunnel.name,
    primary: bounds.primary,
    services: [...services].map((name) => serviceEntry(name, written.schemas.get(name))),
    instances: bounds.instances,
    triggers: [...written.triggers, ...left].sort((a, b) => a.at - b.at),
    scope: scope.kind,
    sessions: [...scope.sessions].map((session) => scrubber.scrubValue(session)),
    window: { asked: { from: asked.from, to: asked.to }, kept },
    clock: { start: String(BigInt(Math.round(bounds.startWallMs * 1000)) * 1000n), skew_ms: bounds.skewMs },
    counts: written.counts,
    gaps: [...gaps, ...scrubber.gaps],
    sanitizers: scrubber.runs,
    mock_keys: scrubber.mockKeys,
    parts: written.parts,
    written: new Date().toISOString(),
  };
}

/** All that is known in the window: messages of one service may be those of another. */
function schemasOf({ schemas: sets }: WindowBounds): Schemas {
  const schemas = new Schemas();
  for (const set of sets.values()) addDescriptorSet(schemas, set);
  return schemas;
}

function serviceEntry(name: string, schemas: string | undefined): ServiceEntry {
  return schemas === undefined ? { name } : { name, schemas };
}
