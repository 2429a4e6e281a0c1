import { decodePercent, encodePercent } from '../places/percent.ts';
import type { Substitutes } from '../port.ts';

/** A percent-encoded value has the substitute of what it stands for, encoded as it was. */
export function substituteEscaped(secret: string, substitutes: Substitutes): string {
  const plain = decodePercent(secret, false);
  const substitute = substitutes.of(plain);
  if (plain === secret) return substitute;
  const encoded = encodePercent(substitute, secret, false);
  substitutes.assign(secret, encoded);
  return encoded;
}
