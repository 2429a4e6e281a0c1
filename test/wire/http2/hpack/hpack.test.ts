import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackDecoder } from '../../../../wire/http2/hpack/decoder.ts';
import { decodeHuffman, encodeHuffman } from '../../../../wire/http2/hpack/huffman.ts';
import { WantedNames } from '../../../../wire/http2/hpack/wanted-names.ts';
import { limits } from '../../../../wire/http2/limits.ts';
import { hex, integer, literals } from '../frames.ts';

const date = 'Mon, 21 Oct 2013 20:13:21 GMT';
const later = 'Mon, 21 Oct 2013 20:13:22 GMT';
const place = 'https://www.example.com';
const cookie = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';

type Pair = readonly [string, string];
const first: Pair[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const requests: Pair[][] = [
  first,
  [...first, ['cache-control', 'no-cache']],
  [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/index.html'],
    [':authority', 'www.example.com'],
    ['custom-key', 'custom-value'],
  ],
];
const responses: Pair[][] = [
  [
    [':status', '302'],
    ['cache-control', 'private'],
    ['date', date],
    ['location', place],
  ],
  [
    [':status', '307'],
    ['cache-control', 'private'],
    ['date', date],
    ['location', place],
  ],
  [
    [':status', '200'],
    ['cache-control', 'private'],
    ['date', later],
    ['location', place],
    ['content-encoding', 'gzip'],
    ['set-cookie', cookie],
  ],
];

/** RFC 7541 appendix C.3 to C.6: blocks of one connection, what they hold, the table's size behind each. */
const series = [
  {
    name: 'C.3, requests without Huffman coding',
    table: 4096,
    blocks: [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
    fields: requests,
    sizes: [57, 110, 164],
  },
  {
    name: 'C.4, requests with Huffman coding',
    table: 4096,
    blocks: [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
    fields: requests,
    sizes: [57, 110, 164],
  },
  {
    name: 'C.5, responses without Huffman coding, with eviction',
    table: 256,
    blocks: [
      '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ],
    fields: responses,
    sizes: [222, 222, 215],
  },
  {
    name: 'C.6, responses with Huffman coding, with eviction',
    table: 256,
    blocks: [
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
    fields: responses,
    sizes: [222, 222, 215],
  },
];

function decoder(table = 4096, names: readonly string[] = [], keepsAll = true): HpackDecoder {
  const made = new HpackDecoder(new WantedNames(names), keepsAll);
  made.table.resize(table);
  return made;
}

function decode(made: HpackDecoder, block: Uint8Array): HpackDecoder {
  made.decode(block, 0, block.length);
  return made;
}

describe('the vectors of RFC 7541 appendix C', () => {
  it.each([
    [
      'C.2.1',
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      'custom-key',
      'custom-header',
      55,
    ],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', ':path', '/sample/path', 0],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', 'password', 'secret', 0],
    ['C.2.4', '82', ':method', 'GET', 0],
  ])('%s: one field', (_, block, name, value, size) => {
    const made = decode(decoder(), hex(block));
    expect(made.fields).toEqual([[name, value]]);
    expect(made.table.size).toBe(size);
  });

  it.each(series)('$name', ({ table, blocks, fields, sizes }) => {
    const made = decoder(table);
    for (const [i, block] of blocks.entries()) {
      expect(decode(made, hex(block)).fields).toEqual(fields[i]);
      expect(made.table.size).toBe(sizes[i]);
    }
  });

  it.each(series)(
    '$name: a decoder that keeps only what is asked for has the same table',
    ({ table, blocks, fields, sizes }) => {
      const names = [':status', ':path', 'location', 'custom-key'];
      const made = decoder(table, names, false);
      for (const [i, block] of blocks.entries()) {
        const expected = names.map((name) => fields[i]?.find(([its]) => its === name)?.[1]);
        expect(decode(made, hex(block)).values).toEqual(expected);
        expect(made.fields).toEqual([]);
        expect(made.table.size).toBe(sizes[i]);
      }
    },
  );
});

describe('Huffman coding', () => {
  it('gives back every text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const coded = encodeHuffman(Buffer.from(octets).toString('latin1'));
        const out = new Uint8Array(octets.length + 8);
        expect(decodeHuffman(coded, 0, coded.length, out)).toBe(octets.length);
        expect(out.subarray(0, octets.length)).toEqual(octets);
      }),
    );
  });

  it.each([
    ['padding of eight ones', 'f1e3c2e5f23a6ba0ab90f4ffff'],
    ['padding of zeros', '00'],
    ['EOS', 'ffffffff'],
    ['nothing but a part of a long code', 'ffff'],
  ])('refuses %s', (_, coded) => {
    const bytes = hex(coded);
    expect(decodeHuffman(bytes, 0, bytes.length, new Uint8Array(64))).toBe(-1);
  });
});

describe('a decoder', () => {
  it('joins the values of a name that comes twice', () => {
    const made = decode(
      decoder(4096, ['cookie'], false),
      literals([
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ]),
    );
    expect(made.values).toEqual(['a=1\nb=2']);
  });

  it('finds a name that is asked for in plain and in Huffman coding, new or from a table', () => {
    const made = decoder(4096, ['grpc-status'], false);
    const coded = encodeHuffman('grpc-status');
    const plain = literals([['grpc-status', '13']]);
    expect(decode(made, plain).values).toEqual(['13']);
    const huffman = Buffer.concat([
      Buffer.from([0x00, 0x80 | coded.length]),
      coded,
      Buffer.from('\u000217', 'latin1'),
    ]);
    expect(decode(made, huffman).values).toEqual(['17']);
    expect(decode(made, literals([['grpc-status', '5']], 0x40)).values).toEqual(['5']);
    expect(decode(made, Buffer.from([0x80 | 62])).values).toEqual(['5']);
    expect(decode(made, Buffer.from([0x0f, 62 - 15, 0x01, 0x39])).values).toEqual(['9']);
  });

  it('empties the table for an entry that is larger than it', () => {
    const made = decode(decoder(64), literals([['a', 'b']], 0x40));
    expect(made.table.count).toBe(1);
    expect(decode(made, literals([['a', 'b'.repeat(64)]], 0x40)).table.count).toBe(0);
  });

  it('takes size updates at the beginning of a block, up to what is allowed', () => {
    const made = decode(decoder(), literals([['a', 'b']], 0x40));
    expect(decode(made, Buffer.concat([integer(0x1f, 0x20, 0), integer(0x1f, 0x20, 4096)])).table.count).toBe(
      0,
    );
    expect(made.table.max).toBe(4096);
    expect(() => decode(made, integer(0x1f, 0x20, 4097))).toThrow('larger than was allowed');
    made.announce(10_000);
    expect(decode(made, integer(0x1f, 0x20, 10_000)).table.max).toBe(10_000);
  });

  it('wants the table shrunk in the first block behind an acknowledgement', () => {
    const made = decoder();
    made.acknowledge(100, 100, 0);
    expect(() => decode(made, Buffer.from([0x82]))).toThrow('not shrunk');
    expect(() => decode(made, integer(0x1f, 0x20, 200))).toThrow('larger than was allowed');
    expect(decode(made, Buffer.concat([integer(0x1f, 0x20, 80), Buffer.from([0x82])])).fields).toHaveLength(
      1,
    );
    expect(made.table.max).toBe(80);
  });

  it.each([
    ['index 0', '80', 'malformed'],
    ['an index behind the tables', 'be', 'malformed'],
    ['a size update behind a field', '8220', 'malformed'],
    ['a number that is cut off', 'ff', 'malformed'],
    ['a number without an end', 'ffffffffffff', 'malformed'],
    ['a name that is cut off', '4005 6162', 'malformed'],
    ['a value that is not there', '4001 61', 'malformed'],
    ['a value that is cut off', '4001 61 05 61', 'malformed'],
    ['a value of broken Huffman coding', '4001 61 84 ffffffff', 'malformed'],
  ])('refuses %s', (_, block, opaque) => {
    for (const keepsAll of [true, false]) {
      expect(() => decode(decoder(4096, [], keepsAll), hex(block))).toThrow(
        expect.objectContaining({ opaque }),
      );
    }
  });

  it('refuses a table past its bound, though it was allowed', () => {
    const made = decoder();
    made.announce(limits.table * 2);
    expect(() => decode(made, integer(0x1f, 0x20, limits.table + 1))).toThrow(
      expect.objectContaining({ opaque: 'limit' }),
    );
  });

  it('refuses a small block that spells out more than its bound', () => {
    const big = literals([['a', 'b'.repeat(4000)]], 0x40);
    const bomb = Buffer.concat([big, Buffer.alloc(limits.fieldList / 4000, 0x80 | 62)]);
    for (const keepsAll of [true, false]) {
      expect(() => decode(decoder(4096, [], keepsAll), bomb)).toThrow(
        expect.objectContaining({ opaque: 'limit' }),
      );
    }
  });
});
