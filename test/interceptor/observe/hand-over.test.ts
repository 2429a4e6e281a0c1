import { describe, expect, test } from 'vitest';
import type { Flight } from '../../../interceptor/observe/flight.ts';
import type {
  ObserverHost,
  ProtocolObserver,
  Protocols,
  StatefulObserver,
  Upgrade,
} from '../../../interceptor/observe/protocol.ts';
import { longestState } from '../../../ledger/batch/layout.ts';
import type { DataRecord, LedgerRecord, Sender } from '../../../ledger/segment.ts';
import { observe } from '../parts/observed.ts';
import { answer, marksOf, request, textOf } from '../parts/recorded.ts';

/** Notes what it is given, and where that stands in all that its sender sent. */
class Noting implements ProtocolObserver {
  readonly heard: Record<Sender, string> = { client: '', service: '' };
  readonly places: number[] = [];
  waiting: Flight[] = [];
  abandoned = false;
  readonly stateful: StatefulObserver;
  readonly #host: ObserverHost;

  constructor(host: ObserverHost, stateBytes = 10) {
    this.#host = host;
    this.stateful = {
      protocol: 'websocket',
      state: () => Buffer.alloc(stateBytes, JSON.stringify(this.heard.client.length)),
    };
  }

  get idle(): boolean {
    return this.waiting.length === 0;
  }

  push(sender: Sender, bytes: Uint8Array, start: number, end: number): void {
    this.heard[sender] += Buffer.from(bytes.subarray(start, end)).toString('latin1');
    this.places.push(this.#host[sender].absolute(start));
  }

  end(): void {}

  abandon(): void {
    this.abandoned = true;
  }
}

const upgrade = request('/chat', 'Connection: Upgrade\r\nUpgrade: Parrot\r\nX-Room: 7\r\n');
const switched =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: Parrot\r\nX-Words: 2\r\n\r\n';

/** Observers that note, made for upgrades to `parrot` and for the preface. */
function noting(stateBytes?: number): {
  made: Noting[];
  upgrades: Upgrade[];
  facts: unknown[];
  known: Protocols;
} {
  const made: Noting[] = [];
  const upgrades: Upgrade[] = [];
  const facts: unknown[] = [];
  const make = (host: ObserverHost): Noting => {
    const observer = new Noting(host, stateBytes);
    made.push(observer);
    return observer;
  };
  const takeOver = (host: ObserverHost, asked: Upgrade): Noting => {
    upgrades.push(asked);
    facts.push([asked.request?.field('x-room'), asked.response.field('x-words')]);
    const observer = make(host);
    observer.waiting = [asked.flight];
    return observer;
  };
  return { made, upgrades, facts, known: { http2: make, upgrades: new Map([['parrot', takeOver]]) } };
}

const states = (records: readonly LedgerRecord[]) => records.filter(({ kind }) => kind === 'state');
const kinds = (records: readonly LedgerRecord[]) =>
  records.flatMap((record) => (record.kind === 'data' || record.kind === 'state' ? [record.kind] : []));

describe('a connection that switched protocols', () => {
  test('is looked at by the observer of the new one from the first byte behind the upgrade on', () => {
    const { made, facts, known } = noting();
    const batches = observe(
      ({ open, send, counters }) => {
        const tap = open();
        send(tap, 'client', request('/a') + upgrade);
        send(tap, 'service', `${answer(200, 'first')}${switched}hello`);
        send(tap, 'client', 'polly');
        send(tap, 'service', 'polly');
        expect(counters.exchanges).toBe(1);
        expect(tap.idle()).toBe(false);
        tap.close();
        expect(counters.exchanges).toBe(2);
      },
      { known },
    );
    const [observer] = made;
    expect(observer?.heard).toEqual({ client: 'polly', service: 'hellopolly' });
    const [asked, before] = [(request('/a') + upgrade).length, (answer(200, 'first') + switched).length];
    expect(observer?.places).toEqual([before, asked, before + 5]);
    expect(facts).toEqual([['7', '2']]);
    const records = batches.flatMap((batch) => batch.records);
    expect(textOf(records, 1, 'client')).toBe(`${request('/a')}${upgrade}polly`);
    expect(textOf(records, 1, 'service')).toBe(`${answer(200, 'first')}${switched}hellopolly`);
    expect(marksOf(records, 1, 'service')).toEqual([{ message: 0, offset: 0 }]);
    expect(records.some(({ kind }) => kind === 'opaque')).toBe(false);
  });

  test('has its exchange go on: it may be late, and its service may fail', () => {
    const { upgrades, known } = noting();
    const records = observe(
      ({ open, send }) => {
        const tap = open();
        send(tap, 'client', upgrade);
        send(tap, 'service', switched);
        tap.end('service', 'reset');
      },
      { known },
    ).flatMap((batch) => batch.records);
    expect(upgrades[0]?.flight.message).toBe(0);
    expect(records).toContainEqual(
      expect.objectContaining({ kind: 'trigger', message: 0, fingerprint: 'GET /chat exception:reset' }),
    );
  });

  test.each([
    ['nobody knows the protocol', upgrade.replace('Parrot', 'Crow'), switched.replace('Parrot', 'Crow')],
    ['the client had sent more', upgrade + request('/b'), switched],
    ['the client had begun to send more', `${upgrade}GET /b`, switched],
  ])('is opaque where %s', (_why, asked, answered) => {
    const { known, made } = noting();
    const records = observe(
      ({ open, send, counters }) => {
        const tap = open();
        send(tap, 'client', asked);
        send(tap, 'service', `${answered}hello`);
        expect(counters.opaqueConnections.upgrade).toBe(1);
      },
      { known },
    ).flatMap((batch) => batch.records);
    expect(made).toEqual([]);
    expect(textOf(records, 1, 'service')).toBe(answered);
  });
});

describe('a connection that begins with the preface', () => {
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

  test('is looked at from its first byte on, also by a service that spoke first', () => {
    const { made, known } = noting();
    const records = observe(
      ({ open, send }) => {
        const tap = open();
        send(tap, 'service', '\0\0\0\x04');
        send(tap, 'service', '\0\0\0\0\0');
        for (const byte of preface.slice(0, 20)) send(tap, 'client', byte);
        send(tap, 'client', `${preface.slice(20)}frames`);
        send(tap, 'service', 'frames');
      },
      { known },
    ).flatMap((batch) => batch.records);
    expect(made[0]?.heard).toEqual({ client: `${preface}frames`, service: '\0\0\0\x04\0\0\0\0\0frames' });
    expect(made[0]?.places).toEqual([0, 0, 20, 9]);
    expect(textOf(records, 1, 'client')).toBe(`${preface}frames`);
    expect(textOf(records, 1, 'service')).toBe(made[0]?.heard.service);
    expect(marksOf(records, 1, 'client')).toEqual([]);
  });

  test('is opaque where nobody knows HTTP/2, and where a service that spoke first goes on for long', () => {
    observe(
      ({ open, send, counters }) => {
        send(open(), 'client', preface);
        expect(counters.opaqueConnections.not_http).toBe(1);
        send(open(), 'service', '\0'.repeat(5000));
        expect(counters.opaqueConnections.not_http).toBe(2);
      },
      { known: { upgrades: new Map() } },
    );
  });
});

describe('the state of a connection', () => {
  /** The records of each batch in which `segments` were sent, one batch each, behind the upgrade. */
  function recorded(
    segments: readonly string[],
    stateBytes?: number,
    drops?: (batch: number) => boolean,
  ): LedgerRecord[][] {
    const { known } = noting(stateBytes);
    return observe(
      ({ open, send, hand }) => {
        const tap = open();
        send(tap, 'client', upgrade);
        send(tap, 'service', switched);
        send(tap, 'client', 'same batch');
        for (const segment of segments) {
          hand();
          send(tap, 'client', segment);
          send(tap, 'client', 'and on');
        }
      },
      { known, ...(drops && { drops }) },
    ).map((batch) => [...batch.records]);
  }

  test('stands before its first segment of each batch, once, as it was then', () => {
    const long = 'second'.padEnd(1000);
    const [first = [], second = [], third = []] = recorded([long, 'third segment']);
    expect(states(first)).toEqual([]);
    expect(kinds(second)).toEqual(['state', 'data', 'data']);
    expect(kinds(third)).toEqual(['state', 'data', 'data']);
    const [state] = states(third);
    expect(state).toMatchObject({ connection: 1, protocol: 'websocket' });
    const sent = `same batch${long}and on`.length;
    expect(
      state?.kind === 'state' && JSON.parse(`[${Buffer.from(state.bytes).toString().slice(0, 4)}]`),
    ).toEqual([sent]);
  });

  test('is left out while too little was sent since the last one', () => {
    const batches = recorded(['second', 'third', 'x'.repeat(50_000)], 500);
    expect(batches.map((records) => states(records).length)).toEqual([0, 1, 0, 1]);
  });

  test('stands behind a batch that the ledger did not take, however little was sent', () => {
    const batches = recorded(['second', 'third', 'fourth'], 500, (batch) => batch === 2);
    expect(batches.map((records) => states(records).length)).toEqual([0, 1, 1]);
  });

  test('is left out where no record holds it, and stands with its segment where the batch has no room for both', () => {
    expect(recorded(['second'], longestState + 1).map((records) => states(records).length)).toEqual([0, 0]);
    const { known } = noting(60_000);
    const batches = observe(
      ({ open, send, hand }) => {
        const [tap, other] = [open(), open()];
        send(tap, 'client', upgrade);
        send(tap, 'service', switched);
        hand();
        send(other, 'client', `POST /large HTTP/1.1\r\nContent-Length: 60000\r\n\r\n`);
        send(other, 'client', 'y'.repeat(60_000));
        send(tap, 'client', 'x'.repeat(65_000));
      },
      { known },
    );
    const holding = batches.filter(({ records }) => states(records).length > 0);
    expect(holding).toHaveLength(1);
    const [{ records } = { records: [] }] = holding;
    const state = records.findIndex(({ kind }) => kind === 'state');
    const isLong = (record: LedgerRecord): record is DataRecord =>
      record.kind === 'data' && record.bytes.length === 65_000;
    expect(records.findIndex(isLong)).toBe(state + 1);
  });
});
