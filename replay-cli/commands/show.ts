import { DvrError } from '../../errors/index.ts';
import { defineCommand, type Invocation } from '../../program/command.ts';
import { anyText, integer, toggle, value } from '../../program/flags.ts';
import { painter } from '../../program/paint.ts';
import type { Tape } from '../../tape/reader.ts';
import { openTapeFolder } from '../../vault/filesystem/tape-folder.ts';
import { counted } from '../counted.ts';
import { resolveTape } from '../local-tapes.ts';
import { loadSchemas, schemaFlags } from '../messages/load-schemas.ts';
import { MessageViews } from '../messages/message-views.ts';
import { payloadJson } from '../show/payload-json.ts';
import { payloadText } from '../show/payload-text.ts';
import { type ExchangeCounts, summaryText } from '../show/summary-text.ts';
import { renderTimeline } from '../show/timeline.ts';
import { spanAround, timelineRows } from '../show/timeline-rows.ts';

/** Lines of a timeline. */
const mostRows = 200;

const flags = {
  timeline: toggle('which exchanges overlapped, as a chart'),
  payload: value('one payload: heads and bodies', 'N', integer(1)),
  ...schemaFlags,
};

export const command = defineCommand({
  name: 'show',
  about: 'Shows what a fetched tape holds: a summary, a timeline, or one payload.',
  examples: [
    ['dvr-cli show tape-id-7889A-crash', 'what fired, what was kept, lost and scrubbed'],
    ['dvr-cli show 7889A --timeline', 'which exchanges overlapped'],
    ['dvr-cli show 7889A --payload 4', 'one payload, its bodies decoded'],
  ],
  flags,
  positionals: {
    tape: value('the id of a fetched tape, its beginning, or a folder', 'TAPE', anyText, { required: true }),
  },
  json: true,
  async run({ flags: { timeline, payload, ...sources }, positionals, folders, around, print, json, color }) {
    await using tape = await openTapeFolder(
      await resolveTape(positionals.tape, folders.tapes, around.cwd, 'TAPE'),
    );
    if (payload !== undefined && !tape.has(payload)) throw noPayload(tape, payload);
    if (timeline) await showTimeline(tape, payload, { around, print, json });
    else if (payload !== undefined) {
      const item = await tape.withBodies(payload);
      const views = new MessageViews(await loadSchemas(tape, sources));
      print(
        json ? JSON.stringify(payloadJson(item, views), null, 2) : payloadText(item, painter(color), views),
      );
    } else if (json) print(JSON.stringify({ ...tape.manifest, payloads: tape.payloads }, null, 2));
    else print(summaryText(tape.manifest, countsOf(tape), painter(color)));
    return undefined;
  },
});

/** Ids behind those of the payloads are of other services, or of calls that services made. */
function countsOf(tape: Tape): ExchangeCounts {
  const others = new Map<string, number>();
  for (const { service, direction } of tape.summaries(tape.payloads + 1)) {
    if (direction === 'inbound') others.set(service, (others.get(service) ?? 0) + 1);
  }
  return { payloads: tape.payloads, others };
}

async function showTimeline(
  tape: Tape,
  payload: number | undefined,
  { around, print, json }: Pick<Invocation, 'around' | 'print' | 'json'>,
): Promise<void> {
  if (json) {
    for (const summary of tape.summaries()) print(JSON.stringify(summary));
    return;
  }
  const center = payload ?? tape.manifest.triggers[0]?.exchange;
  const span = spanAround(center, tape.size, mostRows);
  const width = around.stdout.columns ?? 100;
  if (span.before > 0)
    print(`(${counted(span.before, 'exchanges')} before these; --payload N shows those around N)`);
  for (const line of renderTimeline(await timelineRows(tape, span), width)) print(line);
  if (span.behind > 0) print(`(${counted(span.behind, 'exchanges')} behind these)`);
}

function noPayload(tape: Tape, payload: number): DvrError {
  return new DvrError('usage', `there is no payload ${payload} on this tape`, {
    where: '--payload',
    hint: tape.size === 0 ? 'The tape is empty.' : `Name one of 1 to ${tape.size}.`,
  });
}
