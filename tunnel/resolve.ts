import { parseDuration, parseSize } from '../program/quantity.ts';
import type { CaptureConfig, TriggerConfig, TunnelConfig } from './config.ts';
import { grpcCodeOf } from './grpc-codes.ts';
import type { TunnelObject } from './schema.ts';

type Spec = TunnelObject['spec'];
type Trigger = Spec['triggers'][number];

/** Turns a valid object into what programs work with: milliseconds, bytes, ranges. */
export function resolveTunnel({ metadata, spec }: TunnelObject): TunnelConfig {
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    mode: spec.mode,
    capture: resolveCapture(spec.capture),
    triggers: spec.triggers.map(resolveTrigger),
    commit: {
      scope: spec.commit.scope,
      tailMs: milliseconds(spec.commit.tail),
      inFlightMs: milliseconds(spec.commit.in_flight),
      coolDownMs: milliseconds(spec.commit.cool_down),
    },
    sanitization: spec.sanitization,
  };
}

function resolveCapture(capture: Spec['capture']): CaptureConfig {
  const { header, cookie } = capture.session_key ?? {};
  const key = header !== undefined ? { header } : cookie !== undefined ? { cookie } : undefined;
  return {
    protocols: capture.protocols,
    payloads: capture.payloads,
    maxSessionDurationMs: milliseconds(capture.max_session_duration),
    bodyLimit: bytes(capture.body_limit),
    ledgerBudget: bytes(capture.ledger_budget),
    connectionLimit: capture.connection_limit,
    ...(key === undefined ? {} : { sessionKey: key }),
    ignore: capture.ignore.map(({ path, user_agent }) => ({
      ...(path === undefined ? {} : { path }),
      ...(user_agent === undefined ? {} : { userAgent: user_agent }),
    })),
    reflection: capture.reflection,
  };
}

function resolveTrigger({ on_status, on_grpc_status, on_exception, on_timeout }: Trigger): TriggerConfig {
  if (on_status !== undefined) return { kind: 'on_status', ranges: on_status.map(statusRange) };
  if (on_grpc_status !== undefined) return { kind: 'on_grpc_status', codes: on_grpc_status.map(grpcCode) };
  if (on_exception !== undefined) return { kind: 'on_exception', pattern: on_exception };
  return { kind: 'on_timeout', afterMs: milliseconds(on_timeout ?? '') };
}

/** `503` → 503–503, `5xx` → 500–599. */
function statusRange(given: number | string): readonly [from: number, to: number] {
  if (typeof given === 'number') return [given, given];
  const first = Number(given[0]) * 100;
  return [first, first + 99];
}

/** `INTERNAL` → 13. */
function grpcCode(given: number | string): number {
  return typeof given === 'number' ? given : sure(grpcCodeOf(given));
}

function milliseconds(text: string): number {
  return sure(parseDuration(text));
}

function bytes(given: string | number): number {
  return sure(parseSize(String(given)));
}

function sure(amount: number | undefined): number {
  if (amount === undefined) throw new TypeError('the schema let an unreadable amount pass');
  return amount;
}
