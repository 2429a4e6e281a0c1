import { z } from 'zod';
import { type Manifest, tapeFormat } from '../manifest.ts';
import { parseTapeId } from '../tape-id.ts';
import { damaged, foreign, tooLarge, tooNew } from './faults.ts';
import { type FormatStep, formatSteps, stepsFrom } from './format-steps.ts';
import { limits } from './limits.ts';
import { isPartPath, isSchemasPath } from './part-path.ts';
import { gapSchema, triggerMarkSchema } from './record-schema.ts';

const part = 'manifest.json';
const count = z.int().nonnegative();
const span = z.strictObject({ from: z.number(), to: z.number() });
const key = z.record(z.string(), z.string());

const entrySchema = z.strictObject({
  path: z.string().refine(isPartPath, 'is no path of a part'),
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifestSchema = z.strictObject({
  format: z.literal(tapeFormat),
  id: z.string().refine((id) => parseTapeId(id) !== undefined, 'is no tape id'),
  namespace: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is no name of a namespace'),
  tunnel: z.string().min(1),
  primary: z.string(),
  services: z.array(
    z.strictObject({
      name: z.string(),
      image: z.string().exactOptional(),
      schemas: z.string().exactOptional(),
    }),
  ),
  instances: z.array(
    z.strictObject({
      instance: z.string(),
      pod: z.string(),
      service: z.string(),
      ledger_ahead_ms: z.number(),
    }),
  ),
  triggers: z.array(triggerMarkSchema.extend({ exchange: z.int().positive().exactOptional() })),
  scope: z.enum(['tunnel', 'session']),
  sessions: z.array(z.string()),
  window: z.strictObject({ asked: span, kept: span }),
  clock: z.strictObject({ start: z.string().regex(/^\d{1,20}$/), skew_ms: z.number() }),
  counts: z.strictObject({ exchanges: count, connections: count, bytes: count }),
  gaps: z.array(gapSchema),
  sanitizers: z.array(
    z.strictObject({
      name: z.string(),
      version: count,
      hits: count,
      places: z.record(z.string(), count),
      dropped: count,
    }),
  ),
  mock_keys: z.array(key),
  parts: z.array(entrySchema),
  written: z.iso.datetime(),
});

/** Writes a manifest, readable and with a final newline. Throws a `ZodError` for one that no reader would take. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const checked: Manifest = manifestSchema.parse(manifest);
  return Buffer.from(`${JSON.stringify(checked, null, 2)}\n`);
}

/**
 * Reads a manifest, lifting older formats to today's.
 * @throws `tape-foreign`, `tape-too-new`, `tape-too-large`, `tape-damaged`, each naming `manifest.json` and the field.
 */
export function parseManifest(bytes: Uint8Array, chain: readonly FormatStep[] = formatSteps): Manifest {
  if (bytes.length > limits.manifestBytes) throw tooLarge(part, 'bytes', bytes.length, limits.manifestBytes);
  const raw = parseJson(bytes);
  const format = formatOf(raw);
  if (format > tapeFormat) throw tooNew(part, format, tapeFormat);
  let lifted = raw;
  for (const step of stepsFrom(format, chain)) lifted = step.manifest(lifted);
  const result = manifestSchema.safeParse(lifted);
  if (!result.success) throw damaged(part, issueText(result.error));
  checkParts(result.data);
  return result.data;
}

function parseJson(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    // The parser's own message quotes the text, which is not ours to show.
    throw damaged(part, 'it is not JSON, or it was cut off');
  }
  const result = z.record(z.string(), z.unknown()).safeParse(raw);
  if (!result.success) throw foreign(part, 'it is not an object');
  return result.data;
}

function formatOf(raw: Readonly<Record<string, unknown>>): number {
  const { format, id } = raw;
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1 || typeof id !== 'string') {
    throw foreign(part, 'it has no tape format and id');
  }
  return format;
}

function checkParts(manifest: Manifest): void {
  if (manifest.parts.length > limits.parts) {
    throw tooLarge(part, 'parts', manifest.parts.length, limits.parts);
  }
  for (const entry of manifest.parts) {
    if (entry.bytes > limits.partBytes) throw tooLarge(entry.path, 'bytes', entry.bytes, limits.partBytes);
  }
  const paths = new Set(manifest.parts.map((entry) => entry.path));
  if (paths.size < manifest.parts.length) throw damaged(part, 'it names a part twice');
  for (const { schemas } of manifest.services) {
    if (schemas === undefined) continue;
    if (!paths.has(schemas) || !isSchemasPath(schemas))
      throw damaged(part, 'a service names no part of its schemas');
  }
}

function issueText(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'it is not valid' : `${issue.path.join('.') || 'it'}: ${issue.message}`;
}
