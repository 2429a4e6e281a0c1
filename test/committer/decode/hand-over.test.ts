import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decoders } from '../../../committer/decode/connection-decoder.ts';
import { decoders as known } from '../../../committer/decode/decoders.ts';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import type { ObserverHost, ProtocolObserver, Upgrade } from '../../../interceptor/observe/protocol.ts';
import type { DataRecord, LedgerRecord, Sender, StateRecord } from '../../../ledger/segment.ts';
import { observe } from '../../interceptor/parts/observed.ts';
import { parrots } from './parrot.ts';
import { segments, sizes } from './traffic.ts';
import { batchOf, startWallMs, Wire } from './window.ts';

const asked = (target = '/chat'): string =>
  `GET ${target} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: Parrot\r\n\r\n`;
const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: Parrot\r\n\r\n';
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Decodes batches of records; `undefined` among them is a lost batch. */
function decode(batches: readonly (readonly LedgerRecord[] | undefined)[], decoders: Decoders) {
  const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20 }, decoders);
  for (const records of batches) {
    if (records === undefined) decoder.hole('a');
    else decoder.push(batchOf(records));
  }
  const exchanges = decoder.end();
  return { exchanges, gaps: decoder.gaps };
}

/** Bytes as an interceptor records them that looks at no HTTP/1: without marks. */
function unmarked(sender: Sender, offset: number, said: string): DataRecord {
  return { kind: 'data', connection: 1, time: 90_000, sender, offset, bytes: Buffer.from(said, 'latin1') };
}

function stateOf(protocol: StateRecord['protocol']): StateRecord {
  return { kind: 'state', connection: 1, time: 90_000, protocol, bytes: Buffer.from('state') };
}

describe('a connection that switched protocols', () => {
  test('goes on in the other decoder from the first byte behind the upgrade, with the exchange that led there', () => {
    const { made, upgrades, decoders } = parrots();
    const wire = new Wire().client(asked()).service(`${switched}hel`).service('lo').client('polly');
    const { exchanges, gaps } = decode([wire.trigger(0).end('service', 'fin').records], decoders);
    expect(gaps).toEqual([]);
    expect(upgrades[0]?.offsets).toEqual({ client: asked().length, service: switched.length });
    const at = switched.length;
    expect(made[0]?.heard).toBe(`${at}:hel|${at + 3}:lo|${asked().length}:polly|end`);
    const [{ exchange, requestBody, responseBody } = expect.unreachable()] = exchanges;
    expect([text(requestBody), text(responseBody)]).toEqual(['polly', 'hello']);
    expect(exchange).toMatchObject({
      message: 0,
      request: { head: { target: '/chat' } },
      response: { head: { status: 101 } },
      triggers: [{ trigger: 'on_status' }],
    });
    expect(exchange).not.toHaveProperty('failure');
  });

  test('is still in flight at the window’s end, and told as such', () => {
    const { decoders } = parrots();
    const { exchanges } = decode([new Wire().client(asked()).service(switched).records], decoders);
    expect(exchanges).toMatchObject([
      { exchange: { failure: 'in_flight', response: { head: { status: 101 } } } },
    ]);
  });

  test.each([
    ['the decoder declines', asked('/shy')],
    ['the client had sent more', `${asked()}GET /b HTTP/1.1\r\n\r\n`],
    ['the client had begun to send more', `${asked()}GET /b`],
    ['the client had closed its side', asked(), 'fin'],
  ])('is opaque where %s: its exchange ends with the 101', (_why, bytes, ending?: string) => {
    const { made, decoders } = parrots();
    const wire = new Wire().client(bytes);
    if (ending !== undefined) wire.end('client', 'fin');
    const { exchanges, gaps } = decode([wire.service(`${switched}hello`).records], decoders);
    expect(made).toEqual([]);
    expect(exchanges[0]?.exchange).toMatchObject({ response: { head: { status: 101 } } });
    expect(exchanges[0]?.exchange.times.responseEnd).toBeDefined();
    expect(gaps).toContainEqual(expect.objectContaining({ cause: 'opaque', unit: 'connections', count: 1 }));
  });

  test('whose upgrade is in a hole goes on with the next state; what waited for an answer is a gap', () => {
    const { made, decoders } = parrots();
    const wire = new Wire().client(asked()).end('client', 'fin');
    const late = [unmarked('service', 500, 'hello'), stateOf('websocket'), unmarked('service', 505, 'again')];
    const { exchanges, gaps } = decode([wire.records, undefined, late], decoders);
    expect(made[0]?.heard).toBe('end|state|505:again');
    expect(exchanges).toMatchObject([{ exchange: { failure: 'gap' } }]);
    expect(gaps).toContainEqual(expect.objectContaining({ unit: 'bytes', count: 'hello'.length }));
  });
});

describe('a connection of another protocol', () => {
  test('is decoded from the preface on, however it comes, with what its service said before', () => {
    const { made, decoders } = parrots();
    const service = unmarked('service', 0, '\0\0\0');
    const bytes = [...preface].map((byte, at) => unmarked('client', at, byte));
    const { gaps } = decode([[service, ...bytes, unmarked('client', 24, 'more')]], decoders);
    expect(gaps).toEqual([]);
    expect(made[0]?.reads).toBe('http/2');
    const heard = [...preface].map((byte, at) => `${at}:${byte}`);
    expect(made[0]?.heard).toBe(['0:\0\0\0', ...heard, '24:more'].join('|'));
  });

  test('that is met in the middle is decoded from a state on; what comes before is a gap', () => {
    const { made, decoders } = parrots();
    const records = [unmarked('client', 700, 'lost'), stateOf('http/2'), unmarked('client', 704, 'kept')];
    const { gaps } = decode([records], decoders);
    expect(made[0]?.heard).toBe('state|704:kept');
    expect(gaps).toMatchObject([{ cause: 'window_edge', unit: 'bytes', count: 4 }]);
  });

  test('that is met at a stream which is ignored is none of HTTP/1', () => {
    const { made, decoders } = parrots();
    const ignored = {
      ...unmarked('client', 700, ''),
      kind: 'skip',
      length: 0,
      message: 5,
      cause: 'ignored',
    } as const;
    const { gaps } = decode(
      [[unmarked('service', 90, 'lost'), ignored, unmarked('client', 700, 'lost'), stateOf('http/2')]],
      decoders,
    );
    expect(made[0]?.reads).toBe('http/2');
    expect(made[0]?.heard).toBe('skip|700:lost|state');
    expect(gaps).toMatchObject([{ cause: 'window_edge', unit: 'bytes', count: 4 }]);
  });

  test.each([
    ['its preface', [unmarked('client', 0, `${preface}frames`)]],
    ['a state', [stateOf('http/2'), unmarked('client', 704, 'x'.repeat(preface.length + 6))]],
  ])('that nobody decodes is a gap by %s, and nothing of it is guessed', (_by, records) => {
    const { exchanges, gaps } = decode([records], { states: new Map(), upgrades: new Map() });
    expect(exchanges).toEqual([]);
    expect(gaps).toMatchObject([
      { cause: 'opaque', unit: 'connections', count: 1 },
      { cause: 'opaque', unit: 'bytes', count: preface.length + 6 },
    ]);
  });

  test('that never showed what it speaks leaves a gap of what came', () => {
    const { exchanges, gaps } = decode([[unmarked('client', 0, 'PR')]], known);
    expect(exchanges).toEqual([]);
    expect(gaps).toMatchObject([{ unit: 'bytes', count: 2 }]);
  });
});

test('what an observer hands over is what the decoder is given, however the bytes are cut', () => {
  const said = fc.uint8Array({ maxLength: 30 }).map(text);
  class Listening implements ProtocolObserver {
    readonly waiting;
    readonly idle = false;
    constructor(_host: ObserverHost, { flight }: Upgrade) {
      this.waiting = [flight];
    }
    push(): void {}
    end(): void {}
    abandon(): void {}
  }
  const protocols = {
    upgrades: new Map([['parrot', (host: ObserverHost, upgrade: Upgrade) => new Listening(host, upgrade)]]),
  };
  fc.assert(
    fc.property(said, said, sizes, (client, service, lengths) => {
      const batches = observe(
        (driven) => {
          const tap = driven.open();
          const send = (sender: Sender, bytes: string): void => {
            for (const part of segments(bytes, lengths)) driven.send(tap, sender, part);
          };
          send('client', asked());
          send('service', switched + service);
          send('client', client);
          tap.end('service', 'fin');
        },
        { known: protocols },
      );
      const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20 }, parrots().decoders);
      for (const batch of batches) decoder.push(batch);
      const [{ requestBody, responseBody } = expect.unreachable()] = decoder.end();
      expect([text(requestBody), text(responseBody)]).toEqual([client, service]);
      expect(decoder.gaps).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
