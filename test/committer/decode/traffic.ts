import fc from 'fast-check';

/** Bodies that a decoder would take for messages if it began anywhere but at a mark. */
const body = fc.oneof(
  fc.stringMatching(/^[a-z\r\n]{0,30}$/),
  fc.constantFrom(
    'GET /forged HTTP/1.1\r\n\r\n',
    'x\r\n\r\nPOST /forged HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc',
    'HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
  ),
);

export interface Planned {
  readonly method: string;
  readonly request: string;
  readonly response: string;
  readonly chunked: boolean;
  /** Bytes of the response's body that are recorded. */
  readonly limit: number;
}

export const planned: fc.Arbitrary<Planned> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'HEAD', 'PUT'),
  request: body,
  response: body,
  chunked: fc.boolean(),
  limit: fc.constantFrom(4, 1000, 1000),
});

export function framed(content: string, chunked: boolean): [fields: string, wire: string] {
  if (!chunked) return [`Content-Length: ${content.length}\r\n`, content];
  const chunk = content === '' ? '' : `${content.length.toString(16)};n=1\r\n${content}\r\n`;
  return ['Transfer-Encoding: chunked\r\n', `${chunk}0\r\nTrail: er\r\n\r\n`];
}

export function requestOf(plan: Planned, name: string): string {
  const [fields, wire] = framed(plan.request, plan.chunked);
  return `${plan.method} /${name} HTTP/1.1\r\n${fields}\r\n${wire}`;
}

export function responseOf(plan: Planned, name: string): [head: string, wire: string] {
  const [fields, wire] = framed(plan.response, plan.chunked);
  const early = plan.method === 'PUT' ? 'HTTP/1.1 103 Early\r\nA: b\r\n\r\n' : '';
  return [`${early}HTTP/1.1 200 ${name}\r\n${fields}\r\n`, plan.method === 'HEAD' ? '' : wire];
}

export const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });

/** Cuts text into segments of the given sizes, over and over. */
export function* segments(text: string, lengths: readonly number[]): Iterable<string> {
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    yield text.slice(at, at + length);
    at += length;
  }
}
