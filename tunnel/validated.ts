import { DvrError } from '../errors/index.ts';
import { isRecord } from '../program/json.ts';
import type { CommitConfig, TriggerConfig, TunnelConfig } from './config.ts';

/** The version of the form in which programs hand a validated tunnel to each other. */
const validatedFormat = 2;

/** A validated tunnel as one line of JSON: what `parseValidated` reads without a schema. */
export function writeValidated(tunnel: TunnelConfig): string {
  return JSON.stringify({ validated_tunnel: validatedFormat, tunnel });
}

/**
 * Reads what `writeValidated` wrote; `undefined` for any other text. Throws `config-invalid` where the text says that it
 * is validated and is not whole, or of a newer format.
 */
export function parseValidated(text: string): TunnelConfig | undefined {
  if (!text.startsWith('{"validated_tunnel":')) return undefined;
  const envelope = parseJson(text);
  if (!isRecord(envelope) || envelope.validated_tunnel !== validatedFormat) {
    throw new DvrError('config-invalid', `the validated tunnel is not of format ${validatedFormat}`, {
      hint: 'Make it with the same version of this software.',
    });
  }
  return asValidated(envelope.tunnel, 'the validated tunnel');
}

/** Narrows what came from another thread or program. Throws `config-invalid` where it is no validated tunnel. */
export function asValidated(value: unknown, where: string): TunnelConfig {
  if (isTunnelConfig(value)) return value;
  throw new DvrError('config-invalid', 'this is no validated tunnel', { where });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DvrError('config-invalid', 'the validated tunnel is not valid JSON', { cause });
  }
}

type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === 'string';
const isCount: Test = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isBoolean: Test = (value) => typeof value === 'boolean';
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const either =
  (...tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value));
const word =
  (...words: readonly string[]): Test =>
  (value) =>
    typeof value === 'string' && words.includes(value);

function shape<T>(tests: { readonly [K in keyof Required<T>]: Test }): Test {
  const entries = Object.entries<Test>(tests);
  return (value) => isRecord(value) && entries.every(([name, test]) => test(value[name]));
}

const isTrigger: Test = either(
  shape<Extract<TriggerConfig, { kind: 'on_status' }>>({
    kind: word('on_status'),
    ranges: listOf((range) => listOf(isCount)(range) && Array.isArray(range) && range.length === 2),
  }),
  shape<Extract<TriggerConfig, { kind: 'on_grpc_status' }>>({
    kind: word('on_grpc_status'),
    codes: listOf(isCount),
  }),
  shape<Extract<TriggerConfig, { kind: 'on_exception' }>>({ kind: word('on_exception'), pattern: isText }),
  shape<Extract<TriggerConfig, { kind: 'on_timeout' }>>({ kind: word('on_timeout'), afterMs: isCount }),
);

const isTunnel = shape<TunnelConfig>({
  namespace: isText,
  name: isText,
  mode: word('record'),
  capture: shape<TunnelConfig['capture']>({
    protocols: listOf(word('http', 'grpc')),
    payloads: isBoolean,
    maxSessionDurationMs: isCount,
    bodyLimit: isCount,
    ledgerBudget: isCount,
    connectionLimit: isCount,
    sessionKey: optional(
      either(shape<{ header: string }>({ header: isText }), shape<{ cookie: string }>({ cookie: isText })),
    ),
    ignore: listOf(
      shape<{ path?: string; userAgent?: string }>({ path: optional(isText), userAgent: optional(isText) }),
    ),
    reflection: isBoolean,
  }),
  triggers: listOf(isTrigger),
  commit: shape<CommitConfig>({
    scope: word('tunnel', 'session'),
    tailMs: isCount,
    inFlightMs: isCount,
    coolDownMs: isCount,
  }),
  sanitization: listOf(shape<TunnelConfig['sanitization'][number]>({ regex: isText, replace: isText })),
});

function isTunnelConfig(value: unknown): value is TunnelConfig {
  return isTunnel(value);
}
