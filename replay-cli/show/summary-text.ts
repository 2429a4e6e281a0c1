import type { Paint } from '../../program/paint.ts';
import { formatSize } from '../../program/quantity.ts';
import { gapCauses } from '../../tape/gap.ts';
import type { Manifest, WallSpan } from '../../tape/manifest.ts';
import { counted } from '../counted.ts';
import { printable } from './printable.ts';
import { formatMs } from './timeline.ts';

/** How many of a list are shown. */
const shown = 10;

/** How many exchanges there are of which service. */
export interface ExchangeCounts {
  /** Inbound ones of the primary service. */
  readonly payloads: number;
  /** Inbound ones of each other service. */
  readonly others: ReadonlyMap<string, number>;
}

/** A tape in a screenful: what fired, what was kept, what was lost, what was scrubbed. */
export function summaryText(manifest: Manifest, counts: ExchangeCounts, paint: Paint): string {
  const rows: (readonly [label: string, lines: readonly string[]])[] = [
    ['Trigger', triggerLines(manifest)],
    ['Window', windowLines(manifest)],
    ['Payloads', payloadLines(manifest, counts)],
    ['Gaps', gapLines(manifest)],
    ['Scrubbed', scrubLines(manifest)],
    ['Written', [printable(manifest.written)]],
  ];
  const title = `${printable(manifest.namespace)}/${printable(manifest.tunnel)}`;
  return [
    `${paint('bold', manifest.id)}  ${title}`,
    ...rows.flatMap(([label, lines]) =>
      lines.map((line, index) => `${paint('dim', (index === 0 ? label : '').padEnd(9))} ${line}`),
    ),
  ].join('\n');
}

function triggerLines({ triggers }: Manifest): readonly string[] {
  const lines = triggers.map(({ trigger, fingerprint, at, exchange, detail }) => {
    const payload = exchange === undefined ? '' : ` on payload ${exchange}`;
    const more = detail === undefined ? '' : ` (${printable(detail)})`;
    return `${trigger}${more}${payload} at ${formatMs(at)}: ${printable(fingerprint).trim()}`;
  });
  return cut(lines, 'marks');
}

function windowLines({ window: { asked, kept }, clock }: Manifest): readonly string[] {
  const whole = kept.from <= asked.from && kept.to >= asked.to;
  const part = whole ? '' : ` of ${seconds(asked)} asked for`;
  return [
    `${seconds(kept)}${part}, ${new Date(kept.from).toISOString()} to ${new Date(kept.to).toISOString()}, ` +
      `clocks within ${Math.ceil(clock.skew_ms * 10) / 10} ms`,
  ];
}

function payloadLines(
  { primary, counts, scope, sessions }: Manifest,
  { payloads, others }: ExchangeCounts,
): readonly string[] {
  if (counts.exchanges === 0) return ['none'];
  const of = [...others].map(([service, count]) => `, ${count} of ${printable(service)}`);
  const left = counts.exchanges - payloads - sum(others.values());
  const besides = left === 0 ? '' : `, and ${counted(left, 'other exchanges')}`;
  const first = `${payloads} of ${printable(primary)}${of.join('')}${besides}${of.length > 0 ? ',' : ''} on ${counted(counts.connections, 'connections')}, bodies of ${formatSize(counts.bytes)}`;
  if (scope === 'tunnel') return [first];
  return [
    first,
    `only of ${sessions.length === 1 ? 'session' : 'sessions'} ${cut(sessions.map(printable), 'more').join(', ')}`,
  ];
}

function gapLines({ gaps }: Manifest): readonly string[] {
  if (gaps.length === 0) return ['none'];
  const lines = gaps.map(({ cause, count, unit, from, to, what }) => {
    const span =
      from === undefined ? '' : ` from ${formatMs(from)}${to === undefined ? '' : ` to ${formatMs(to)}`}`;
    const hit = what === undefined ? '' : ` (${printable(what)})`;
    if (cause === 'session_scope') return `${counted(count, unit)} of other sessions left out`;
    return `${counted(count, unit)}${span}: ${gapCauses[cause]}${hit}`;
  });
  return cut(lines, 'gaps');
}

function scrubLines({ sanitizers }: Manifest): readonly string[] {
  if (sanitizers.length === 0) return ['no sanitizer ran'];
  const idle = sanitizers.filter(({ hits, dropped }) => hits === 0 && dropped === 0);
  const busy = sanitizers.filter((each) => !idle.includes(each));
  const nothing = idle.map(({ name }) => printable(name)).join(', ');
  const lines = busy.map(({ name, hits, dropped, places }) => {
    const where = Object.entries(places).map(([place, count]) => `${printable(place)} ${count}`);
    const lost = dropped === 0 ? '' : `, ${dropped} dropped unread`;
    return `${printable(name)}: ${counted(hits, 'hits')}${lost}${where.length === 0 ? '' : ` (${where.join(', ')})`}`;
  });
  return nothing === '' ? lines : [...lines, `without a hit: ${nothing}`];
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}

function cut(lines: readonly string[], what: string): readonly string[] {
  if (lines.length <= shown) return lines;
  return [...lines.slice(0, shown), `… and ${lines.length - shown} ${what}`];
}

function seconds({ from, to }: WallSpan): string {
  return `${((to - from) / 1000).toFixed(1)} s`;
}
