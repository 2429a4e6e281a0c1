import type { MethodKind } from '../../../wire/http1/events.ts';
import { runLlhttp, type Verdict } from './llhttp.ts';
import { scan, type Told, text } from './playbook.ts';

/** Why llhttp stops where the scanner goes on, since it frames nothing: methods, targets, and chunk extensions. */
const harmless: ReadonlySet<string> = new Set<string>([
  'INVALID_METHOD',
  'INVALID_URL',
  'STRICT',
  'PAUSED_H2_UPGRADE',
]);

/** llhttp knows methods of other protocols, and refuses them in HTTP. */
const validRequestLine = /^\S+ \S+ HTTP\/1\.[01]\r\n/;

/** Heads that llhttp frames and the scanner refuses. */
const refused: readonly RegExp[] = [
  // Other versions, more blanks than one, statuses below 100, controls in a reason phrase.
  /^(?!\S+ \S+ HTTP\/1\.[01]\r\n|HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r\n)/,
  // A body that an interim response cannot have.
  /^HTTP\/1\.[01] 1\d\d[\s\S]*^(content-length|transfer-encoding):/im,
  // A transfer coding that is not known to end in `chunked`, two such fields, or one in HTTP/1.0.
  /^transfer-encoding:(?![ \t]*(gzip *, *)?chunked *\r$)/im,
  /^transfer-encoding:[\s\S]*^transfer-encoding:/im,
  /HTTP\/1\.0[\s\S]*^transfer-encoding:/im,
  // An empty length, which llhttp refuses at the next byte.
  /^content-length:[ \t]*\r$/im,
  // A length that is not counted exactly.
  /^content-length:[ \t]*\d{16}/im,
  // A tab in a connection option: some take it for a part of the option.
  /^(proxy-)?connection:.*\t/im,
  // HTTP/1.0 that says both of the connection: what comes behind is not taken.
  /HTTP\/1\.0[\s\S]*keep-alive[\s\S]*close/im,
  /HTTP\/1\.0[\s\S]*close[\s\S]*keep-alive/im,
];

/** The heads of the message that `bytes` begin with: interim ones, and the final one or what there is of it. */
function headsOf(bytes: string): string[] {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.slice(0, end === -1 ? bytes.length : end + 2);
  const isInterim = end !== -1 && /^HTTP\/1\.[01] 1(?!01)\d\d/.test(head);
  return isInterim ? [head, ...headsOf(bytes.slice(end + 4))] : [head];
}

/** How the scanner and llhttp differ over a stream, beyond what is meant to differ; `undefined` where they agree. */
export function disagreement(
  kind: 'request' | 'response',
  input: Uint8Array,
  cuts: readonly number[],
  methods: readonly MethodKind[],
): string | undefined {
  const ours = scan(kind, input, { cuts, methods });
  const theirs = runLlhttp(kind, input, { cuts, methods });
  const heads = headsOf(text(input.subarray(ours.begins.at(-1) ?? 0)));
  return boundaries(ours, theirs) ?? outcome(ours, theirs, heads);
}

/** What both took as a message has to be the same message. */
function boundaries(ours: Told, theirs: Verdict): string | undefined {
  const both = Math.min(ours.ends.length, theirs.ends.length);
  const statuses = ours.heads.filter((head) => !head.interim).map((head) => head.status);
  for (let i = 0; i < both; i++) {
    const a = [ours.begins[i], ours.ends[i], statuses[i], ours.bodies[i]];
    const b = [theirs.begins[i], theirs.ends[i], theirs.statuses[i], theirs.bodies[i]];
    if (JSON.stringify(a) !== JSON.stringify(b))
      return `message ${i}: ${JSON.stringify(a)} against ${JSON.stringify(b)}`;
  }
  return undefined;
}

function outcome(ours: Told, theirs: Verdict, heads: readonly string[]): string | undefined {
  const stopped = theirs.stopped ?? 'nothing';
  const opaque = ours.opaque ?? 'nothing';
  const summary = `${ours.ends.length} messages, stopped by ${opaque}, against ${theirs.ends.length}, ${stopped}`;
  if (ours.opaque === undefined && theirs.stopped === undefined) {
    return ours.ends.length === theirs.ends.length ? undefined : summary;
  }
  if (ours.opaque === 'upgrade' && theirs.stopped === 'UPGRADE') {
    return ours.ends.length === theirs.ends.length ? undefined : summary;
  }
  if (ours.ends.length > theirs.ends.length || ours.opaque === undefined || ours.opaque === 'upgrade') {
    if (harmless.has(stopped) || closedByInterim(ours, theirs)) return undefined;
    return stopped === 'INVALID_CONSTANT' && validRequestLine.test(heads[0] ?? '') ? undefined : summary;
  }
  if (theirs.ends.length > ours.ends.length || theirs.stopped === undefined || theirs.stopped === 'UPGRADE') {
    return refused.some((shape) => heads.some((head) => shape.test(head))) ? undefined : summary;
  }
  return undefined;
}

/** For llhttp an interim response can close the connection; for the scanner its final response still comes. */
function closedByInterim(ours: Told, theirs: Verdict): boolean {
  const there = theirs.ends.length;
  return (
    theirs.stopped === 'CLOSED_CONNECTION' &&
    ours.heads.some((head) => head.interim && head.message === there)
  );
}
