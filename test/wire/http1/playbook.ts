import type { Http1Head, Http1Sink, MethodKind } from '../../../wire/http1/events.ts';
import { parseTrailers } from '../../../wire/http1/head.ts';
import { Http1Scanner } from '../../../wire/http1/scanner.ts';

export const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What a scanner told, with positions counted from the first byte it was ever given. */
export interface Told {
  readonly begins: number[];
  readonly ends: number[];
  readonly heads: { message: number; status: number; interim: boolean; framing: string; raw: string }[];
  readonly bodies: string[];
  readonly chunks: [size: number, extension: string][];
  readonly trailers: (readonly [string, string, string?])[];
  opaque?: string;
  readonly inMessage: boolean;
}

/**
 * Gives `input` to a fresh scanner in the pieces that end at `cuts`, each in a buffer of its own that is spoilt after
 * the call, then closes the sender if `close`.
 */
export function scan(
  kind: 'request' | 'response',
  input: Uint8Array,
  {
    cuts = [],
    methods = [],
    close = true,
  }: { cuts?: readonly number[]; methods?: readonly MethodKind[]; close?: boolean } = {},
): Told {
  const told: Told & { inMessage: boolean } = {
    begins: [],
    ends: [],
    heads: [],
    bodies: [],
    chunks: [],
    trailers: [],
    inMessage: false,
  };
  let base = 0;
  const sink: Http1Sink = {
    onMessageBegin(message, at) {
      if (told.begins.length !== message) throw new Error('message begins out of order');
      told.begins.push(base + at);
      told.bodies.push('');
    },
    onHead(head: Http1Head) {
      const raw = text(head.bytes.subarray(head.start, head.end));
      told.heads.push({
        message: head.message,
        status: head.status,
        interim: head.interim,
        framing: head.framing,
        raw,
      });
    },
    onBody: (chunk, start, end) => {
      told.bodies[told.bodies.length - 1] += text(chunk.subarray(start, end));
    },
    onChunk: (size, extension) => told.chunks.push([size, extension]),
    onTrailers: (fields) => told.trailers.push(...parseTrailers(fields)),
    onMessageEnd(message, at) {
      if (told.ends.length !== message) throw new Error('message ends out of order');
      told.ends.push(base + at);
    },
    onOpaque: (_at, cause) => {
      if (told.opaque !== undefined) throw new Error('opaque twice');
      told.opaque = cause;
    },
  };
  const scanner = new Http1Scanner(kind, sink);
  for (const method of methods) scanner.expect(method);
  const ends = [...cuts, input.length].sort((a, b) => a - b);
  for (const end of ends) {
    const piece = Uint8Array.from(input.subarray(base, end));
    scanner.push(piece, 0, piece.length);
    piece.fill(0x21);
    base = end;
  }
  told.inMessage = scanner.inMessage;
  if (close) scanner.finish();
  return told;
}

/** Every position between two bytes. */
export function everyCut(input: Uint8Array): number[] {
  return Array.from({ length: Math.max(0, input.length - 1) }, (_, i) => i + 1);
}
