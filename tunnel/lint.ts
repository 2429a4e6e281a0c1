import { nearest } from '../program/suggest.ts';
import { type Checked, checkTunnel } from './check.ts';
import type { TriggerConfig, TunnelConfig } from './config.ts';
import { type Finding, pathText } from './finding.ts';
import { generatorNames } from './generators.ts';
import { matchesGlob } from './glob.ts';
import { statusOfGrpcCode } from './grpc-codes.ts';
import { matchesEmptyText, matchesNothingAtAll } from './regex.ts';

type Warn = (path: readonly PropertyKey[], message: string, hint?: string) => void;

/** All that is wrong with a tunnel's text or, where nothing is, what is most likely not meant. */
export function lintTunnel(text: string): readonly Finding[] {
  const checked = checkTunnel(text);
  return checked.ok ? warningsOf(checked) : checked.errors;
}

function warningsOf({ config, document }: Extract<Checked, { ok: true }>): Finding[] {
  const warnings: Finding[] = [];
  const warn: Warn = (path, message, hint) => {
    const found = { severity: 'warning', path: pathText(path), ...document.place(path), message } as const;
    warnings.push(hint === undefined ? found : { ...found, hint });
  };
  lintTriggers(config, warn);
  lintSanitization(config, warn);
  lintCapture(config, warn);
  return warnings;
}

function lintTriggers({ triggers, capture }: TunnelConfig, warn: Warn): void {
  triggers.forEach((trigger, index) => {
    const shadow = triggers.slice(0, index).findIndex((earlier) => covers(earlier, trigger));
    const path = ['spec', 'triggers', index];
    if (shadow !== -1)
      warn(path, `never fires: spec.triggers[${shadow}] fires on all that it names`, 'Remove one of them.');
    if (
      trigger.kind === 'on_exception' &&
      !exceptionTypes.some((type) => matchesGlob(trigger.pattern, type))
    ) {
      warn(
        [...path, 'on_exception'],
        'names no exception that is seen',
        `They are ${exceptionTypes.join(', ')}; * is any.`,
      );
    }
    if (trigger.kind === 'on_grpc_status')
      lintGrpcStatus(trigger.codes, capture, [...path, 'on_grpc_status'], warn);
    if (trigger.kind === 'on_status' && trigger.ranges.some(([from]) => from < 400)) {
      warn(
        [...path, 'on_status'],
        'fires on statuses that are no failures',
        'A tape for every success fills the vault.',
      );
    }
  });
}

function lintGrpcStatus(
  codes: readonly number[],
  { protocols }: TunnelConfig['capture'],
  path: readonly PropertyKey[],
  warn: Warn,
): void {
  if (!protocols.includes('grpc')) {
    warn(path, 'never fires: spec.capture.protocols has no grpc', 'Add grpc to spec.capture.protocols.');
  } else if (codes.includes(0)) {
    warn(path, 'fires on calls that succeeded', 'A tape for every success fills the vault.');
  }
}

function lintSanitization({ sanitization }: TunnelConfig, warn: Warn): void {
  sanitization.forEach(({ regex, replace }, index) => {
    const path = ['spec', 'sanitization', index];
    lintGenerators(replace, path, warn);
    const earlier = sanitization.findIndex((other) => other.regex === regex);
    if (earlier < index) {
      warn(
        [...path, 'regex'],
        `finds nothing: spec.sanitization[${earlier}] has replaced its matches`,
        'Remove one of them.',
      );
    } else if (matchesNothingAtAll(regex)) {
      warn([...path, 'regex'], 'can match no text', 'Look at its anchors and classes.');
    } else if (matchesEmptyText(regex)) {
      warn(
        [...path, 'regex'],
        'matches the empty text, and so between all characters',
        'Write + instead of *.',
      );
    } else if (regex === replace) {
      warn([...path, 'replace'], 'replaces a secret by itself');
    }
  });
}

/** A generator that is none stands in the tape as it is written. */
function lintGenerators(replace: string, path: readonly PropertyKey[], warn: Warn): void {
  for (const [written, name = ''] of replace.matchAll(/\[([A-Z][A-Z_]{3,})\]/g)) {
    if (generatorNames.some((known) => known === name)) continue;
    const near = nearest(name, generatorNames);
    const hint = near === undefined ? `They are ${generatorNames.join(', ')}.` : `Did you mean [${near}]?`;
    warn([...path, 'replace'], `${written} is no generator and will stand there as it is`, hint);
  }
}

function lintCapture({ capture, commit }: TunnelConfig, warn: Warn): void {
  if (commit.scope === 'session' && capture.sessionKey === undefined) {
    warn(
      ['spec', 'commit', 'scope'],
      'is session, and nothing tells sessions apart: every tape will hold the whole tunnel',
      'Set spec.capture.session_key.',
    );
  }
  capture.ignore.forEach(({ path, userAgent }, index) => {
    const everything = [path, userAgent].every((glob) => glob === undefined || /^\/?\*+$/.test(glob));
    if (everything) warn(['spec', 'capture', 'ignore', index], 'ignores all traffic');
  });
}

const exceptionTypes = ['reset', 'closed', 'refused', 'internal_error'];

/** Whether `earlier` fires on everything that `later` fires on. */
function covers(earlier: TriggerConfig, later: TriggerConfig): boolean {
  if (earlier.kind === 'on_status' && later.kind === 'on_status') {
    return later.ranges.every(([from, to]) => statusesCovered(earlier.ranges, from, to));
  }
  if (later.kind === 'on_grpc_status') return later.codes.every((code) => firesOnCode(earlier, code));
  if (earlier.kind === 'on_exception' && later.kind === 'on_exception') {
    return earlier.pattern === '*' || earlier.pattern === later.pattern;
  }
  return earlier.kind === 'on_timeout' && later.kind === 'on_timeout' && earlier.afterMs <= later.afterMs;
}

function firesOnCode(trigger: TriggerConfig, code: number): boolean {
  if (trigger.kind === 'on_grpc_status') return trigger.codes.includes(code);
  const status = statusOfGrpcCode(code);
  return (
    status !== undefined && trigger.kind === 'on_status' && statusesCovered(trigger.ranges, status, status)
  );
}

function statusesCovered(ranges: readonly (readonly [number, number])[], from: number, to: number): boolean {
  for (let status = from; status <= to; status++) {
    if (!ranges.some(([first, last]) => status >= first && status <= last)) return false;
  }
  return true;
}
