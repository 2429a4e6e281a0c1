import { fieldIn } from '../../wire/sse/field.ts';
import type { ScrubText } from '../text-scrubber.ts';

interface Line {
  readonly text: string;
  /** As sent: CR, LF, CRLF, or nothing behind the last one. */
  readonly end: string;
}

/** Scrubs an event's data; `undefined` where it must be left out. `cut`: its end is missing. */
type ScrubData = (data: string, cut: boolean) => string | undefined;

/**
 * Scrubs a body of server-sent events: the lines of data of each event as one text, since a secret may lie across them,
 * and every other line by itself.
 */
export function scrubEvents(text: string, cut: boolean, scrubData: ScrubData, scrub: ScrubText): string {
  const made: string[] = [];
  let event: Line[] = [];
  for (const line of linesOf(text)) {
    event.push(line);
    if (line.text !== '') continue;
    made.push(scrubEvent(event, false, scrubData, scrub));
    event = [];
  }
  if (event.length > 0) made.push(scrubEvent(cut ? wholeLines(event) : event, cut, scrubData, scrub));
  return made.join('');
}

/** Of a line of data that was cut off a part may be kept; of another one, whose name may be cut, none. */
function wholeLines(event: readonly Line[]): readonly Line[] {
  const last = event.at(-1);
  return last?.end === '' && !isData(last) ? event.slice(0, -1) : event;
}

function linesOf(text: string): readonly Line[] {
  return [...text.matchAll(/([^\r\n]*)(\r\n|\r|\n|$)/g)]
    .map(([, line = '', end = '']) => ({ text: line, end }))
    .filter((line) => line.text !== '' || line.end !== '');
}

const isData = ({ text }: Line): boolean => fieldIn(text)?.name === 'data';

function scrubEvent(lines: readonly Line[], cut: boolean, scrubData: ScrubData, scrub: ScrubText): string {
  const given = lines.filter(isData).map(({ text }) => fieldIn(text)?.value ?? '');
  const data = given.join('\n');
  const scrubbed = given.length === 0 ? data : scrubData(data, cut);
  const values = scrubbed === data ? given : (scrubbed?.split('\n') ?? []);
  const made: string[] = [];
  let next = 0;
  for (const [at, line] of lines.entries()) {
    if (!isData(line)) {
      made.push(scrubOther(line.text, scrub) + line.end);
      continue;
    }
    // The last line of data takes the lines that are left, should the data have more of them now.
    const isLast = !lines.slice(at + 1).some(isData);
    const mine = values.slice(next, isLast ? undefined : next + 1);
    next += mine.length;
    const head = line.text.slice(0, fieldIn(line.text)?.at);
    made.push(...mine.map((value, i) => head + value + (i < mine.length - 1 ? line.end || '\n' : line.end)));
  }
  return made.join('');
}

function scrubOther(line: string, scrub: ScrubText): string {
  const field = fieldIn(line);
  const at = field?.at ?? 0;
  const isKnown = field?.name === 'id' || field?.name === 'event';
  return isKnown
    ? line.slice(0, at) + scrub(line.slice(at), { kind: 'field', name: field.name })
    : scrub(line, { kind: 'text', name: '' });
}
