/** Kinds of media, as the first half of a media type names them. */
type Kind = 'image' | 'audio' | 'video' | 'font' | 'wasm';

/**
 * How files begin, in hexadecimal, as far as every valid one does: signature and the fixed parts of the structure
 * behind it (PNG and WebP specifications, ISO 10918-1, ISO/IEC 14496-12, RFC 3533, W3C WOFF, OpenType, ID3).
 */
const heads: readonly (readonly [kinds: readonly Kind[], head: RegExp])[] = [
  // PNG
  [['image'], /^89504e470d0a1a0a0000000d49484452/],
  // JPEG: a marker segment and its length
  [['image'], /^ffd8ff(?:c.|db|dd|e.|fe)[0-7]/],
  // GIF
  [['image'], /^474946383[79]61/],
  // RIFF: WebP, WAVE, AVI
  [['image'], /^52494646.{8}574542505650/],
  [['audio'], /^52494646.{8}57415645/],
  [['video'], /^52494646.{8}41564920/],
  // ICO, CUR
  [['image'], /^00000[012]00(?!0000)..00/],
  // ISO base media: AVIF, HEIF; all others
  [['image'], /^0000(?:0.|1.)..66747970(?:61766966|61766973|68656963|68656978|6d696631|6d736631)/],
  [['audio', 'video'], /^0000(?:0.|1.)..66747970(?!6176696|68656963|68656978|6d696631|6d736631)/],
  // WOFF, OpenType, TrueType
  [['font'], /^774f46(?:46|32)(?:00010000|4f54544f|74727565)/],
  [['font'], /^(?:4f54544f|00010000)00/],
  // WebAssembly
  [['wasm'], /^0061736d01000000/],
  // MP3 with ID3, Ogg
  [['audio'], /^4944330[234].{4}[0-7]/],
  [['audio', 'video'], /^4f67675300/],
];

const headBytes = 32;
const sampledBytes = 64 * 1024;

/**
 * Whether bytes begin as a picture, a sound, a film, a font or WebAssembly does, are no text behind that, and are of
 * the kind that `type` (`type/subtype`, or empty) names, where it names one.
 */
export function hasMediaStructure(bytes: Uint8Array, type: string): boolean {
  const head = Buffer.from(bytes.subarray(0, headBytes)).toString('hex');
  const kinds = heads.filter(([, begins]) => begins.test(head)).flatMap(([of]) => of);
  const told = kindOf(type);
  return (
    kinds.some((kind) => told === undefined || kind === told) && !isMostlyText(bytes.subarray(headBytes))
  );
}

function kindOf(type: string): Kind | undefined {
  if (/font/.test(type)) return 'font';
  if (type === 'application/wasm') return 'wasm';
  return (['image', 'audio', 'video'] as const).find((kind) => type.startsWith(`${kind}/`));
}

/** Compressed data has printable ASCII for three bytes in eight, text for nearly all of them. */
function isMostlyText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, sampledBytes);
  let printable = 0;
  for (const byte of sample) if (byte >= 0x20 && byte < 0x7f) printable++;
  return sample.length > 0 && printable > sample.length * 0.8;
}
