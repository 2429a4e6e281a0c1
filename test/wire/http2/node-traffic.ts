import { once } from 'node:events';
import http2 from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Segment } from './playbook.ts';

/** What one exchange is to be; the client's part and the service's. */
export interface PlannedExchange {
  readonly path: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly request: readonly string[];
  readonly requestTrailers: boolean;
  readonly interim: boolean;
  readonly status: number;
  readonly response: readonly string[];
  readonly responseTrailers: boolean;
  readonly end: 'whole' | 'client_resets' | 'service_resets';
}

export interface PlannedConnection {
  readonly exchanges: readonly PlannedExchange[];
  readonly clientTable: number;
  readonly serviceTable: number;
  /** Sizes to which the service sets its table between exchanges. */
  readonly tables: readonly number[];
  readonly padding: boolean;
}

const name = fc.constantFrom('x-a', 'x-b', 'accept', 'x-long-name-of-a-field', 'user-agent', 'traceparent');
const value = fc.oneof(
  fc.stringMatching(/^[ -~]{0,40}$/).map((text) => text.trim()),
  fc.constantFrom('application/json', 'a'.repeat(300)),
);
const bodies = fc.array(fc.stringMatching(/^[a-z\n]{1,40}$/), { maxLength: 4 });

export const plannedConnection: fc.Arbitrary<PlannedConnection> = fc.record({
  exchanges: fc.array(
    fc.record({
      path: fc.stringMatching(/^\/[a-z0-9/?=&-]{0,30}$/),
      fields: fc.array(fc.tuple(name, value), { maxLength: 5 }),
      request: bodies,
      requestTrailers: fc.boolean(),
      interim: fc.boolean(),
      status: fc.constantFrom(200, 201, 404, 500, 503),
      response: bodies,
      responseTrailers: fc.boolean(),
      end: fc.constantFrom('whole', 'whole', 'whole', 'client_resets', 'service_resets'),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  clientTable: fc.constantFrom(4096, 0, 256, 16_384),
  serviceTable: fc.constantFrom(4096, 0, 100, 65_536),
  tables: fc.array(fc.constantFrom(0, 64, 4096, 8192), { maxLength: 2 }),
  padding: fc.boolean(),
});

/** What an end saw of a stream; `raw` as node:http2 gives header blocks: names and values in turn. */
export interface Seen {
  readonly blocks: string[][];
  body: string;
}

export interface Captured {
  readonly segments: Segment[];
  /** By stream. What the service saw of requests, and the client of responses. */
  readonly requests: Map<number, Seen>;
  readonly responses: Map<number, Seen>;
  /** Streams that were reset, and streams whose response was whole. */
  readonly resets: Set<number>;
  readonly whole: Set<number>;
}

const deadlineMs = 5000;

/** Has a client and a server of node:http2 talk, over pipes in memory whose bytes are written down. */
export async function capture(plan: PlannedConnection): Promise<Captured> {
  const captured: Captured = {
    segments: [],
    requests: new Map(),
    responses: new Map(),
    resets: new Set(),
    whole: new Set(),
  };
  const [clientEnd, serviceEnd] = tappedPair(captured.segments);
  const paddingStrategy = plan.padding ? http2.constants.PADDING_STRATEGY_MAX : undefined;
  const common = paddingStrategy === undefined ? {} : { paddingStrategy };
  const server = http2.createServer({ ...common, settings: { headerTableSize: plan.serviceTable } });
  server.on('stream', (stream, _headers, _flags, raw) => serve(plan, captured, stream, raw));
  server.on('session', (session) => session.on('error', () => {}));
  const sessions = once(server, 'session');
  server.emit('connection', serviceEnd);
  const session = http2.connect('http://shop', {
    ...common,
    createConnection: () => clientEnd,
    settings: { headerTableSize: plan.clientTable },
  });
  session.on('error', () => {});
  const [serverSession] = (await sessions) as [http2.ServerHttp2Session];
  await once(session, 'remoteSettings');
  const tables = [...plan.tables];
  const running: Promise<void>[] = [];
  serverSession.on('stream', (stream) => running.push(closing(stream)));
  for (const [i, exchange] of plan.exchanges.entries()) {
    running.push(ask(session, exchange, i, captured));
    if (i % 2 === 1) await running.at(-1);
    const headerTableSize = tables.shift();
    if (headerTableSize !== undefined) serverSession.settings({ headerTableSize });
  }
  for (const one of running) await one;
  session.destroy();
  serverSession.destroy();
  server.close();
  return captured;
}

function tappedPair(segments: Segment[]): [client: Duplex, service: Duplex] {
  const [clientEnd, clientTap] = duplexPair();
  const [serviceEnd, serviceTap] = duplexPair();
  const pass = (sender: Segment['sender'], from: Duplex, to: Duplex): void => {
    from.on('data', (bytes: Buffer) => {
      segments.push({ sender, bytes: Buffer.from(bytes) });
      to.write(bytes);
    });
    from.on('end', () => to.end());
    from.on('error', () => {});
  };
  pass('client', clientTap, serviceTap);
  pass('service', serviceTap, clientTap);
  for (const end of [clientEnd, serviceEnd]) end.on('error', () => {});
  return [clientEnd, serviceEnd];
}

function serve(
  plan: PlannedConnection,
  { requests, resets }: Captured,
  stream: http2.ServerHttp2Stream,
  raw: string[],
): void {
  const seen: Seen = { blocks: [raw], body: '' };
  requests.set(stream.id ?? 0, seen);
  const exchange = plan.exchanges[Number(raw[raw.indexOf('x-plan') + 1])];
  if (exchange === undefined) throw new Error('a request that nobody planned');
  stream.on('error', () => {});
  stream.on('data', (bytes: Buffer) => {
    seen.body += bytes.toString('latin1');
  });
  stream.on('trailers', (_trailers, _flags, rawTrailers) => seen.blocks.push(rawTrailers));
  if (stream.destroyed || stream.closed) return;
  if (exchange.interim) stream.additionalHeaders({ ':status': 103, link: '</style.css>' });
  stream.respond(
    { ':status': exchange.status, 'x-served': 'yes', 'set-cookie': ['a=1', 'b=2'] },
    { waitForTrailers: exchange.responseTrailers },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '13', 'x-sum': 'abc' }));
  void (async () => {
    for (const piece of exchange.response) {
      stream.write(piece);
      await turn();
    }
    if (exchange.end === 'service_resets') {
      resets.add(stream.id ?? 0);
      stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    } else stream.end();
  })();
}

async function ask(
  session: http2.ClientHttp2Session,
  exchange: PlannedExchange,
  number: number,
  { responses, resets, whole }: Captured,
): Promise<void> {
  const hasBody = exchange.request.length > 0 || exchange.requestTrailers;
  const fields = exchange.fields.map(([its, text]) => [its, text] as const);
  const stream = session.request(
    {
      ':path': exchange.path,
      ':method': hasBody ? 'POST' : 'GET',
      'x-plan': `${number}`,
      ...Object.fromEntries(fields),
    },
    { endStream: !hasBody, waitForTrailers: exchange.requestTrailers },
  );
  const seen: Seen = { blocks: [], body: '' };
  const closed = closing(stream);
  stream.on('error', () => {});
  if (stream.id === undefined) stream.on('ready', () => responses.set(stream.id ?? 0, seen));
  else responses.set(stream.id, seen);
  stream.on('headers', (_headers, _flags, raw) => seen.blocks.push(raw));
  stream.on('response', (_headers, _flags, raw) => seen.blocks.push(raw));
  stream.on('trailers', (_headers, _flags, raw) => seen.blocks.push(raw));
  stream.on('data', (bytes: Buffer) => {
    seen.body += bytes.toString('latin1');
  });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-asked': 'all' }));
  stream.on('end', () => {
    if (stream.rstCode === 0) whole.add(stream.id ?? 0);
  });
  for (const piece of exchange.request) {
    stream.write(piece);
    await turn();
  }
  if (exchange.end === 'client_resets') {
    resets.add(stream.id ?? 0);
    stream.close(http2.constants.NGHTTP2_CANCEL);
  } else stream.end();
  await closed;
}

async function closing(stream: http2.Http2Stream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`stream ${stream.id} does not close`)), deadlineMs);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
