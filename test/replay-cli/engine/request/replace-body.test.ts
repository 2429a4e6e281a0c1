import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wirePieces } from '../../../../replay-cli/engine/client/http1/wire-pieces.ts';
import { applyEdits, type Edit } from '../../../../replay-cli/engine/request/edits.ts';
import { type OutgoingRequest, replaceInBody } from '../../../../replay-cli/engine/request/replace-body.ts';
import { setHeaders } from '../../../../replay-cli/engine/request/rewrite.ts';
import { sketchExchange } from '../../../tape/make-tape.ts';

/** A text, cuts of it into chunks, and edits of it that do not overlap. */
const edited = fc
  .tuple(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.array(fc.nat(200)),
    fc.array(fc.nat(60)),
    fc.string({ unit: 'grapheme' }),
  )
  .map(([text, cuts, borders, put]) => {
    const bytes = Buffer.byteLength(text);
    const places = [...new Set(cuts.map((cut) => cut % bytes))]
      .filter((cut) => cut > 0)
      .toSorted((a, b) => a - b);
    const sizes = [...places, bytes].map((end, index) => end - (places[index - 1] ?? 0));
    const units = [...text];
    const starts = [...new Set(borders.map((border) => border % units.length))].toSorted((a, b) => a - b);
    const offset = (unit: number) => units.slice(0, unit).join('').length;
    const edits: Edit[] = starts.map((unit) => ({ start: offset(unit), end: offset(unit + 1), put }));
    return { text, sizes, edits };
  });

function request(text: string, sizes: readonly number[], kind: 'chunked' | 'length'): OutgoingRequest {
  const { exchange } = sketchExchange({ start: 0, body: text, fields: [['content-LENGTH', '999']] });
  const framing =
    kind === 'length' ? ({ kind } as const) : { kind, chunks: sizes.map((size) => [size] as const) };
  const arrivals = sizes.map((size, index) => [index, size] as const);
  return {
    message: { ...exchange.request, body: { ...exchange.request.body, framing, arrivals } },
    body: Buffer.from(text),
  };
}

describe('replacing values in a body', () => {
  it('gives the text with the edits, in chunks and arrivals that add up and are never empty chunks', () => {
    fc.assert(
      fc.property(edited, ({ text, sizes, edits }) => {
        const { message, body } = replaceInBody(request(text, sizes, 'chunked'), text, edits);
        const { framing, arrivals, size } = message.body;
        expect(Buffer.from(body).toString()).toBe(applyEdits(text, edits));
        expect(size).toBe(body.length);
        expect(arrivals.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(body.length);
        if (framing.kind !== 'chunked') throw new Error('it stays chunked');
        expect(framing.chunks.reduce((sum, [bytes]) => sum + bytes, 0)).toBe(body.length);
        expect(framing.chunks.every(([bytes]) => bytes > 0)).toBe(true);
      }),
    );
  });

  it('mends Content-Length, in its recorded case', () => {
    const { message } = replaceInBody(request('{"id":7}', [8], 'length'), '{"id":7}', [
      { start: 6, end: 7, put: '4321' },
    ]);
    expect(message.head.fields).toEqual([['content-LENGTH', '11']]);
  });
});

describe('the pieces of a request', () => {
  it('hold a chunked body whole, however it is cut and whenever it came', () => {
    fc.assert(
      fc.property(edited, fc.array(fc.nat(60)), ({ text, sizes }, cuts) => {
        const outgoing = request(text, sizes, 'chunked');
        const bytes = outgoing.body.length;
        const places = [...new Set(cuts.map((cut) => cut % bytes))]
          .filter((cut) => cut > 0)
          .toSorted((a, b) => a - b);
        const arrivals = [...places, bytes].map(
          (end, index) => [index * 1e6, end - (places[index - 1] ?? 0)] as const,
        );
        const message = { ...outgoing.message, body: { ...outgoing.message.body, arrivals } };
        const { exchange } = sketchExchange({ start: 0 });
        const { pieces } = wirePieces({ ...outgoing, message }, exchange);
        const wire = Buffer.concat(pieces.map((piece) => piece.bytes)).toString();
        const body = wire.slice(wire.indexOf('\r\n\r\n') + 4);
        const chunks = sizes.map((size, index) => {
          const from = sizes.slice(0, index).reduce((sum, one) => sum + one, 0);
          return `${size.toString(16)}\r\n${outgoing.body.subarray(from, from + size)}\r\n`;
        });
        expect(Buffer.from(body)).toEqual(Buffer.from(`${chunks.join('')}0\r\n\r\n`));
        expect(pieces.length).toBe(arrivals.length);
      }),
    );
  });
});

describe('headers set by hand', () => {
  it('replace those of their name where they stand, and are added at the end where there are none', () => {
    const { exchange } = sketchExchange({
      start: 0,
      fields: [
        ['host', 'a'],
        ['authorization', 'Bearer x'],
        ['b', '1'],
      ],
    });
    const outgoing = { message: exchange.request, body: new Uint8Array(0) };
    const set = setHeaders(outgoing, [
      { name: 'Authorization', value: 'Bearer mine' },
      { name: 'X-New', value: '1' },
    ]);
    expect(set.request.message.head.fields).toEqual([
      ['host', 'a'],
      ['authorization', 'Bearer mine'],
      ['b', '1'],
      ['X-New', '1'],
    ]);
    expect(set.replaced.map(({ where, old }) => [where, old])).toEqual([
      ['header Authorization', 'Bearer x'],
      ['header X-New', ''],
    ]);
  });
});
