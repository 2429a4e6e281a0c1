import { DvrError } from '../../errors/index.ts';
import type { Tape } from '../../tape/reader.ts';
import { counted } from '../counted.ts';
import type { PayloadId, Scope } from './port.ts';

export interface ScopeOptions {
  /** Services that have a target, the primary one among them. */
  readonly services: ReadonlySet<string>;
  /** Only this session's payloads. */
  readonly session?: string;
}

/** Finds the payloads to replay, from the tape's index alone. */
export function scopeOf(tape: Tape, options: ScopeOptions): Scope {
  const { manifest } = tape;
  const chosen: { readonly id: PayloadId; readonly start: number }[] = [];
  const others = new Map<string, { readonly nouns: string; count: number }>();
  const leave = (nouns: string, which: string) => {
    const left = others.get(which);
    if (left === undefined) others.set(which, { nouns, count: 1 });
    else left.count++;
  };
  const whole = options.session === undefined && tape.size === tape.payloads;
  if (whole && !hasPartial(tape)) return orderedScope(range(tape.payloads), []);
  for (const summary of tape.summaries()) {
    if (summary.direction === 'outbound') leave('calls', `that ${summary.service} made`);
    else if (!options.services.has(summary.service))
      leave('payloads', `of ${summary.service}, which has no --target`);
    else if (options.session !== undefined && summary.session !== options.session)
      leave('payloads', 'of other sessions');
    else if (summary.partial) leave('streams', 'that began before what is on the tape');
    else chosen.push({ id: summary.id, start: summary.times.requestStart });
  }
  if (tape.size > tape.payloads && options.services.has(manifest.primary)) {
    chosen.sort((a, b) => a.start - b.start || a.id - b.id);
  }
  const leftOut = [...others].map(([which, { nouns, count }]) => `${counted(count, nouns)} ${which}`);
  return orderedScope(
    Int32Array.from(chosen, ({ id }) => id),
    leftOut,
  );
}

/** The session of the first payload that a trigger fired on. Throws `usage` where there is none. */
export async function triggerSession(tape: Tape): Promise<string> {
  const mark = tape.manifest.triggers.find(({ exchange }) => exchange !== undefined && tape.has(exchange));
  const session = mark?.exchange === undefined ? undefined : tape.summary(mark.exchange).session;
  if (session !== undefined) return session;
  throw new DvrError('usage', "the trigger's payload belongs to no session", {
    where: '--session',
    hint: 'Name a session with --session ID, or leave --session out.',
  });
}

/** Sessions that an error names. */
const namedSessions = 5;

/** What is wrong with a session that no payload of the tape belongs to; `undefined` where one does. */
export function unknownSession(tape: Tape, session: string): DvrError | undefined {
  const known = new Set<string>();
  for (const { session: one, direction } of tape.summaries()) {
    if (one === session) return undefined;
    if (one !== undefined && direction === 'inbound') known.add(one);
  }
  if (known.size === 0) {
    return new DvrError('usage', 'the tape knows no sessions', {
      where: '--session',
      hint: 'Leave --session out, or record with a session key: dvr-cli record --session-cookie NAME.',
    });
  }
  const shown = [...known].slice(0, namedSessions).join(', ') + (known.size > namedSessions ? ', …' : '');
  return new DvrError('usage', `the tape has no session ${session}`, {
    where: '--session',
    hint: `Its sessions are ${shown}.`,
  });
}

function hasPartial(tape: Tape): boolean {
  for (let id = 1; id <= tape.size; id++) if (tape.isPartial(id)) return true;
  return false;
}

function range(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => index + 1);
}

function orderedScope(order: Int32Array, leftOut: readonly string[]): Scope {
  const last = order.reduce((highest, id) => Math.max(highest, id), 0);
  const positions = new Int32Array(last + 1).fill(-1);
  order.forEach((id, index) => {
    positions[id] = index;
  });
  const position = (id: PayloadId) => positions[id] ?? -1;
  return {
    count: order.length,
    first: order[0],
    has: (id) => position(id) !== -1,
    position,
    after: (id) => (position(id) === -1 ? undefined : order[position(id) + 1]),
    before: (id) => (position(id) <= 0 ? undefined : order[position(id) - 1]),
    leftOut,
  };
}
