import { printable } from './printable.ts';

/** One bar of a timeline. Times are nanoseconds from tape start. */
export interface TimelineRow {
  readonly id: number;
  /** Where there are several. */
  readonly service?: string;
  readonly method: string;
  readonly target: string;
  /** Status or failure, in a few characters. */
  readonly outcome: string;
  readonly start: number;
  /** When the request was whole; the bar is lighter before. */
  readonly requestEnd?: number;
  /** Absent where no end came: the bar is open. */
  readonly end?: number;
  /** Shown with a mark: a trigger fired here. */
  readonly marked: boolean;
}

/** A bar until the request was whole, after it, and where no end came. */
const glyphs = { request: '▒', rest: '█', open: '▶', edge: '│' } as const;

const minimumBar = 10;
const outcomeLimit = 12;
const durationWidth = 9;

/** Where things stand in a line, columns. */
interface Columns {
  readonly id: number;
  readonly name: number;
  readonly outcome: number;
  readonly bar: number;
}

/**
 * A Gantt chart in text: one line a row, bars on one scale, so that what overlapped stands one above the other. No line
 * is wider than `columns` (at least 60 are taken). The first line is the scale.
 */
export function renderTimeline(rows: readonly TimelineRow[], columns: number): readonly string[] {
  if (rows.length === 0) return [];
  const from = Math.min(...rows.map(({ start }) => start));
  const to = Math.max(from + 1, ...rows.map(({ start, requestEnd, end }) => end ?? requestEnd ?? start));
  const widths = columnsOf(rows, Math.max(columns, 60));
  const scale = (time: number): number => ((time - from) / (to - from)) * widths.bar;
  const lead = ' '.repeat(widths.id + widths.name + widths.outcome + 5);
  return [`${lead}${axis(from, to, widths.bar)}`, ...rows.map((row) => line(row, widths, scale))];
}

function columnsOf(rows: readonly TimelineRow[], width: number): Columns {
  const id = Math.max(...rows.map((row) => `${row.id}`.length));
  const outcome = Math.min(outcomeLimit, Math.max(...rows.map((row) => row.outcome.length)));
  const left = width - (id + outcome + durationWidth + 6);
  const longest = Math.max(...rows.map((row) => nameOf(row).length));
  const name = Math.min(longest, Math.max(8, Math.floor(left * 0.45)));
  return { id, name, outcome, bar: Math.max(minimumBar, left - name) };
}

function line(row: TimelineRow, columns: Columns, scale: (time: number) => number): string {
  const mark = row.marked ? '!' : ' ';
  const id = `${row.id}`.padStart(columns.id);
  const outcome = cut(row.outcome, columns.outcome).padStart(columns.outcome);
  const duration = row.end === undefined ? '' : formatMs(row.end - row.start).padStart(durationWidth);
  const chart = `${glyphs.edge}${bar(row, scale, columns.bar)}${glyphs.edge}`;
  return `${mark}${id} ${cut(nameOf(row), columns.name).padEnd(columns.name)} ${outcome} ${chart}${duration}`;
}

/** Nanoseconds as `12.5 ms`, `3.21 s`. */
export function formatMs(nanoseconds: number): string {
  const ms = nanoseconds / 1e6;
  if (Math.abs(ms) >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.abs(ms) >= 100 ? ms.toFixed(0) : ms.toFixed(1)} ms`;
}

function nameOf({ service, method, target }: TimelineRow): string {
  const query = target.indexOf('?');
  const of = service === undefined ? '' : `${service} `;
  return printable(`${of}${method} ${query === -1 ? target : `${target.slice(0, query)}?`}`);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function axis(from: number, to: number, width: number): string {
  const left = formatMs(from);
  return left + formatMs(to).padStart(Math.max(0, width - left.length));
}

function bar(row: TimelineRow, scale: (time: number) => number, width: number): string {
  const first = Math.min(width - 1, Math.floor(scale(row.start)));
  const requestEnd = row.requestEnd === undefined ? row.start : row.requestEnd;
  const last = row.end === undefined ? width : Math.max(first + 1, Math.ceil(scale(row.end)));
  const light = Math.min(last, Math.max(first, Math.floor(scale(requestEnd))));
  const drawn = glyphs.request.repeat(light - first) + glyphs.rest.repeat(last - light);
  const open = row.end === undefined ? drawn.slice(0, -1) + glyphs.open : drawn;
  return (' '.repeat(first) + open).padEnd(width);
}
