import { createRequire } from 'node:module';
import type { MethodKind } from '../../../wire/http1/events.ts';
import { text } from './playbook.ts';

/** What llhttp made of a sender's bytes, messages counted as the scanner counts them (interim ones to their final). */
export interface Verdict {
  readonly begins: number[];
  readonly ends: number[];
  readonly statuses: number[];
  readonly bodies: string[];
  /** llhttp's name of the error that it stopped with (`INVALID_URL`), or `UPGRADE`. */
  stopped?: string;
}

const paused = 21;
const pausedUpgrade = 22;
const bufferSize = 256 * 1024;

/** The part of the WebAssembly API that is used; TypeScript has its types only among those of browsers. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
};

interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(size: number): number;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, data: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_resume(parser: number): void;
  llhttp_resume_after_upgrade(parser: number): void;
  llhttp_get_error_pos(parser: number): number;
  llhttp_errno_name(code: number): number;
  llhttp_get_type(parser: number): number;
}

interface Callbacks {
  begin(): number;
  url(at: number, length: number): void;
  headers(status: number, upgrade: boolean): number;
  body(at: number, length: number): void;
  complete(): number;
}

let current: Callbacks | undefined;

function load(): { wasm: Exports; buffer: number } {
  const code: Buffer = createRequire(import.meta.url)('undici/lib/llhttp/llhttp_simd-wasm.js');
  const none = (): number => 0;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)), {
    env: {
      wasm_on_message_begin: () => current?.begin() ?? 0,
      wasm_on_url: none,
      wasm_on_status: none,
      wasm_on_header_field: none,
      wasm_on_header_value: none,
      wasm_on_headers_complete: (_: number, status: number, upgrade: number) =>
        current?.headers(status, upgrade === 1) ?? 0,
      wasm_on_body: (_: number, at: number, length: number) => {
        current?.body(at, length);
        return 0;
      },
      wasm_on_message_complete: () => current?.complete() ?? 0,
    },
  });
  const wasm = instance.exports as unknown as Exports;
  wasm._initialize();
  return { wasm, buffer: wasm.malloc(bufferSize) };
}

let loaded: ReturnType<typeof load> | undefined;

/**
 * Runs llhttp, strict, over `input` given in pieces that end at `cuts`, then closes the sender. It is stopped at each
 * message's begin and end, which is how it tells where they are.
 */
export function runLlhttp(
  kind: 'request' | 'response',
  input: Uint8Array,
  { cuts = [], methods = [] }: { cuts?: readonly number[]; methods?: readonly MethodKind[] } = {},
): Verdict {
  loaded ??= load();
  const { wasm, buffer } = loaded;
  const verdict: Verdict = { begins: [], ends: [], statuses: [], bodies: [] };
  let reason: 'begin' | 'end' | undefined;
  let interim = false;
  current = {
    begin: () => {
      reason = 'begin';
      return paused;
    },
    url: () => {},
    headers: (status) => {
      interim = status >= 100 && status < 200 && status !== 101;
      if (interim) return 0;
      verdict.statuses.push(status);
      const method = kind === 'response' ? methods[verdict.ends.length] : undefined;
      if (method === 2 && status >= 200 && status < 300) return 2;
      return method === 1 ? 1 : 0;
    },
    body: (at, length) => {
      const last = verdict.bodies.length - 1;
      verdict.bodies[last] += text(new Uint8Array(wasm.memory.buffer, at, length));
    },
    complete: () => {
      reason = 'end';
      return paused;
    },
  };
  const parser = wasm.llhttp_alloc(kind === 'request' ? 1 : 2);
  const name = (code: number): string => {
    const bytes = new Uint8Array(wasm.memory.buffer, wasm.llhttp_errno_name(code), 64);
    return text(bytes.subarray(0, bytes.indexOf(0))).replace(/^HPE_/, '');
  };
  let base = 0;
  let continues = false;
  const note = (at: number): void => {
    if (reason === 'begin' && !continues) {
      verdict.begins.push(at);
      verdict.bodies.push('');
    }
    if (reason === 'end') {
      if (!interim) verdict.ends.push(at);
      continues = interim;
    }
    reason = undefined;
  };
  const execute = (piece: Uint8Array): void => {
    new Uint8Array(wasm.memory.buffer, buffer, piece.length).set(piece);
    let from = 0;
    for (;;) {
      const code = wasm.llhttp_execute(parser, buffer + from, piece.length - from);
      if (code === 0) return;
      const position = wasm.llhttp_get_error_pos(parser) - buffer;
      if (code === paused) {
        note(base + position);
        from = position;
        wasm.llhttp_resume(parser);
      } else if (code === pausedUpgrade && kind === 'request' && !isConnect(input, verdict)) {
        from = position;
        wasm.llhttp_resume_after_upgrade(parser);
      } else {
        verdict.stopped = code === pausedUpgrade ? 'UPGRADE' : name(code);
        return;
      }
    }
  };
  for (const end of [...cuts, input.length].sort((a, b) => a - b)) {
    execute(input.subarray(base, end));
    if (verdict.stopped !== undefined) break;
    base = end;
  }
  if (verdict.stopped === undefined && wasm.llhttp_finish(parser) === paused) note(input.length);
  wasm.llhttp_free(parser);
  current = undefined;
  return verdict;
}

function isConnect(input: Uint8Array, verdict: Verdict): boolean {
  const begin = verdict.begins.at(-1) ?? 0;
  return text(input.subarray(begin, begin + 8)) === 'CONNECT ';
}
