import { expect, test } from 'vitest';
import { DvrError } from '../../../errors/index.ts';
import { encodeManifest, parseManifest } from '../../../tape/codec/manifest-codec.ts';
import type { Manifest } from '../../../tape/manifest.ts';
import { MemoryParts, sketchExchange, writeTape } from '../make-tape.ts';

const manifest: Manifest = await writeTape(new MemoryParts().open, [sketchExchange({ start: 1 })]);

function parsing(raw: unknown): string {
  const bytes = typeof raw === 'string' ? Buffer.from(raw) : Buffer.from(JSON.stringify(raw));
  try {
    parseManifest(bytes);
    return 'taken';
  } catch (error) {
    if (!(error instanceof DvrError)) throw error;
    return `${error.code} ${error.where}: ${error.message}`;
  }
}

test('a manifest comes out as it went in', () => {
  expect(parseManifest(encodeManifest(manifest))).toEqual(manifest);
});

test('a truncated manifest is damaged, and its text is not quoted', () => {
  const told = parsing(JSON.stringify({ ...manifest, tunnel: 'sesame' }).slice(0, -5));
  expect(told).toMatch(/^tape-damaged manifest.json/);
  expect(told).not.toContain('sesame');
});

test.each([[[]], [{}], ['"text"'], [{ name: 'A web app', icons: [] }], [{ ...manifest, format: 'one' }]])(
  'a manifest of something else is foreign: %j',
  (raw) => expect(parsing(raw)).toMatch(/^tape-foreign manifest.json/),
);

test('a newer format is told by its number, whatever else has changed', () => {
  expect(parsing({ format: 7, id: 'x', shape: 'unknown' })).toMatch(
    /^tape-too-new manifest.json.*format 7.*up to 2/,
  );
});

test.each([
  '../../.ssh/authorized_keys',
  '/etc/passwd',
  'a/../../b',
  'a\\..\\b',
  'C:/x',
  'a//b',
  '.x',
  'a/-rf',
  '',
  'manifest.json',
  'edits.json',
  'con',
  'con/bodies.zst',
  'manifest.json/bodies.zst',
  'attempt-1/manifest.json',
  'attempt-1/x/bodies.zst',
])('a part named %j is refused', (path) => {
  const parts = [...manifest.parts, { path, bytes: 1, sha256: '0'.repeat(64) }];
  expect(parsing({ ...manifest, parts })).toMatch(/^tape-damaged manifest.json.*parts.3.path/);
});

test.each([
  ['an unknown field', { ...manifest, extra: 1 }, 'extra'],
  ['a missing field', { ...manifest, tunnel: undefined }, 'tunnel'],
  ['an id that is no tape id', { ...manifest, id: 'tape-id-../x' }, 'id'],
  ['a namespace that is none', { ...manifest, namespace: 'a/b' }, 'namespace'],
  [
    'a digest that is none',
    { ...manifest, parts: [{ path: 'attempt-1/bodies.zst', bytes: 1, sha256: 'ff' }] },
    'parts.0.sha256',
  ],
])('%s is named', (_what, raw, field) => {
  const told = parsing(raw);
  expect(told).toMatch(/^tape-damaged manifest.json/);
  expect(told).toContain(field);
});

test('a part of impossible size, too many parts, and one part named twice are refused', () => {
  const [first] = manifest.parts;
  expect(parsing({ ...manifest, parts: [{ ...first, bytes: 2 ** 50 }] })).toMatch(
    /^tape-too-large attempt-1/,
  );
  const many = Array.from({ length: 2000 }, (_, n) => ({ ...first, path: `attempt-${n}/bodies.zst` }));
  expect(parsing({ ...manifest, parts: many })).toMatch(/^tape-too-large manifest.json/);
  expect(parsing({ ...manifest, parts: [first, first] })).toMatch(/^tape-damaged manifest.json/);
});

test('an older format is lifted step by step', () => {
  const old = Buffer.from(JSON.stringify({ ...manifest, format: 1, tunnel: undefined, tunnelName: 'old' }));
  const step = {
    from: 1,
    manifest: ({ tunnelName, ...rest }: Readonly<Record<string, unknown>>) => ({
      ...rest,
      tunnel: tunnelName,
      format: 2,
    }),
    record: (raw: unknown) => raw,
  };
  expect(parseManifest(old, [step]).tunnel).toBe('old');
});

test('a service that names no part of its schemas is refused', () => {
  const [first] = manifest.parts;
  const schemas = { ...first, path: 'attempt-1/schemas/checkout-8080_1.binpb' };
  const named = { ...manifest, services: [{ name: 'checkout:8080', schemas: schemas.path }] };
  expect(parsing({ ...named, parts: [...manifest.parts, schemas] })).toBe('taken');
  expect(parsing(named)).toMatch(/^tape-damaged manifest.json/);
  expect(parsing({ ...manifest, services: [{ name: 'checkout:8080', schemas: first!.path }] })).toMatch(
    /^tape-damaged manifest.json/,
  );
});

test('a manifest that no reader would take is not written', () => {
  expect(() => encodeManifest({ ...manifest, namespace: 'Not A Name' })).toThrow();
});
