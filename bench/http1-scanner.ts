import { createRequire } from 'node:module';
import type { Http1Sink } from '../wire/http1/events.ts';
import { Http1Scanner } from '../wire/http1/scanner.ts';

/*
 * CPU of finding the messages of one exchange (a request and its response), of the scanner as an observer uses it and
 * of llhttp with the least callbacks that tell as much. `node bench/http1-scanner.ts`; each line is one round.
 */

const browserFields =
  'Host: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0\r\n' +
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\n' +
  'Cookie: sid=0123456789abcdef0123456789abcdef; theme=dark\r\nX-Request-Id: 3f2c7e1a-8b8e-4d8e-9a53-d6a5a3a1c9d2\r\n';
const body = 'x'.repeat(1024);
const pairs: Readonly<Record<string, readonly [request: string, response: string]>> = {
  'small heads, 1 KiB': [
    'GET /a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n',
    `HTTP/1.1 200 OK\r\nContent-Length: 1024\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n${body}`,
  ],
  'browser heads, 1 KiB': [
    `POST /cart/items HTTP/1.1\r\n${browserFields}Content-Length: 20\r\n\r\n{"sku":"a","count":1}`.slice(
      0,
      -1,
    ),
    `HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nContent-Type: application/json; charset=utf-8\r\nETag: W/"400-abc"\r\n` +
      `Date: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Length: 1024\r\nConnection: keep-alive\r\n\r\n${body}`,
  ],
  'chunked, 4 of 1 KiB': [
    'GET /a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`400\r\n${body}\r\n`.repeat(4)}0\r\n\r\n`,
  ],
};

type Read = (request: Uint8Array, response: Uint8Array) => void;

function ourRead(counted: { messages: number }): Read {
  const sink: Http1Sink = {
    onMessageBegin() {},
    onHead() {},
    onMessageEnd() {
      counted.messages++;
    },
    onOpaque(_, cause) {
      throw new Error(cause);
    },
  };
  const requests = new Http1Scanner('request', sink);
  const responses = new Http1Scanner('response', sink);
  return (request, response) => {
    requests.push(request, 0, request.length);
    responses.expect(0);
    responses.push(response, 0, response.length);
  };
}

declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
};

interface Llhttp {
  memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(size: number): number;
  llhttp_alloc(type: number): number;
  llhttp_execute(parser: number, data: number, length: number): number;
}

function llhttpRead(counted: { messages: number }): Read {
  const code: Buffer = createRequire(import.meta.url)('undici/lib/llhttp/llhttp_simd-wasm.js');
  const none = (): number => 0;
  const complete = (): number => {
    counted.messages++;
    return 0;
  };
  const env = {
    wasm_on_message_begin: none,
    wasm_on_url: none,
    wasm_on_status: none,
    wasm_on_header_field: none,
    wasm_on_header_value: none,
    wasm_on_headers_complete: none,
    wasm_on_body: none,
    wasm_on_message_complete: complete,
  };
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)), { env })
    .exports as Llhttp;
  wasm._initialize();
  const at = wasm.malloc(65_536);
  const memory = new Uint8Array(wasm.memory.buffer, at, 65_536);
  const execute = (parser: number, bytes: Uint8Array): void => {
    memory.set(bytes);
    if (wasm.llhttp_execute(parser, at, bytes.length) !== 0) throw new Error('llhttp refused');
  };
  const parsers = [wasm.llhttp_alloc(1), wasm.llhttp_alloc(2)] as const;
  return (request, response) => {
    execute(parsers[0], request);
    execute(parsers[1], response);
  };
}

function microseconds(read: Read, pair: readonly [Uint8Array, Uint8Array], times: number): number {
  const start = process.cpuUsage();
  for (let i = 0; i < times; i++) read(...pair);
  const used = process.cpuUsage(start);
  return (used.user + used.system) / times;
}

const rounds = 3;
const times = 200_000;
for (const [name, [request, response]] of Object.entries(pairs)) {
  const counted = { messages: 0 };
  const pair = [Buffer.from(request), Buffer.from(response)] as const;
  const ours = ourRead(counted);
  const theirs = llhttpRead(counted);
  for (const read of [ours, theirs]) microseconds(read, pair, times / 10);
  for (let round = 0; round < rounds; round++) {
    const a = microseconds(ours, pair, times);
    const b = microseconds(theirs, pair, times);
    console.log(
      `${name}: scanner ${a.toFixed(2)} µs, llhttp ${b.toFixed(2)} µs, ratio ${(a / b).toFixed(2)}`,
    );
  }
  const expected = 4 * (rounds * times + times / 10);
  if (counted.messages !== expected)
    throw new Error(`${counted.messages} messages ended, ${expected} expected`);
}
