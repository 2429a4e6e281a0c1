import Table from 'cli-table3';
import type { Paint } from '../../program/paint.ts';
import { counted } from '../counted.ts';
import { lateMs, type OverlapReport } from '../engine/port.ts';
import { fastDropsGaps } from '../engine/verdict/verdict.ts';
import type { ReplayOutcome } from './outcome.ts';
import type { DifferenceTally } from './tally.ts';

/** Rows of the table of differences; the JSON has more. */
const rows = 20;

/** The report of a replay for people: the verdict first, then what speaks for and against it. */
export function outcomeText(outcome: ReplayOutcome, paint: Paint): string {
  const lines = [
    `${verdictLine(outcome, paint)}${lateNote(outcome)}`,
    ...outcome.reasons.map(({ text }, index) => `  ${index + 1}. ${text}`),
    '',
    sentLine(outcome),
    sendErrorLine(outcome),
    overlapLine(outcome),
    ...noteLines(outcome),
    ...differenceLines(outcome),
  ];
  return lines.join('\n');
}

function verdictLine({ verdict, overlap, unsent, differences, unmet }: ReplayOutcome, paint: Paint): string {
  switch (verdict.kind) {
    case 'reproduced':
      return `${paint('red', 'Reproduced')}: payload ${verdict.at} failed as recorded (${verdict.fingerprint})${aheadNote(unmet)}`;
    case 'fixed':
      return `${paint('green', 'Fixed')}: payload ${verdict.at} succeeded where the tape has ${verdict.fingerprint}${movedNote(overlap)}${differenceNote(differences)}`;
    case 'not_reproduced':
      if (!verdict.failed && verdict.why === fastDropsGaps)
        return `${paint('yellow', 'Not reproduced')}; this shows no fix, since \`fast\` drops the recorded gaps`;
      return `${paint('yellow', 'Not reproduced')}: payload ${verdict.at} ${verdict.failed ? 'failed as recorded, which shows nothing' : 'did not fail as recorded, which shows no fix'}: ${verdict.why}`;
    case 'diverged':
      return `${paint('yellow', `Diverged at payload ${verdict.at}`)}: ${verdict.replayed} where the tape has ${verdict.recorded}`;
    case 'unmarked':
      return `${paint('bold', 'No verdict')}: no trigger fired on a payload of this replay; ${
        unsent === undefined
          ? 'every payload kept its status class'
          : `every payload that was sent kept its status class, and payload ${unsent.id} could not be: ${unsent.why}`
      }`;
  }
}

/** A race stays away when starts move against each other, so that a fix is told with it. */
function movedNote({ movedMostMs }: OverlapReport): string {
  return movedMostMs === 0 ? '' : `; start gaps moved by up to ${movedMostMs.toFixed(1)} ms`;
}

/** What a busy machine did to recorded timing is told with every verdict under it. */
function lateNote({ conditions, sendErrors, messageLateMs }: ReplayOutcome): string {
  const most = Math.max(sendErrors.max, messageLateMs);
  return conditions.timing === 'fast' || most <= lateMs ? '' : `; sent up to ${most.toFixed(1)} ms late`;
}

/** A failure is shown by its coming, and yet recorded timing was not kept on the way. */
function aheadNote(unmet: number): string {
  return unmet === 0
    ? ''
    : `, though ${counted(unmet, 'messages')} went out before an answer that had come before on the tape`;
}

/** A success may be an empty one: what else differs is told with it. */
function differenceNote({ count, payloads }: DifferenceTally): string {
  return count === 0 ? '' : `; ${differencesIn(count, payloads)}`;
}

function differencesIn(count: number, payloads: number): string {
  return `${counted(count, 'differences')} in ${counted(payloads, 'payloads')}`;
}

function sentLine({
  sent,
  scope,
  received,
  skipped,
  replaced,
  tookMs,
  conditions,
  end,
}: ReplayOutcome): string {
  const speed = conditions.speed === 1 ? '' : ` at speed ${conditions.speed}`;
  const notes = [
    ...(received < sent ? [`${sent - received} without an answer`] : []),
    ...(skipped > 0 ? [`${skipped} that could not be sent`] : []),
    ...(replaced > 0 ? [`${replaced} moved values replaced`] : []),
    ...(end === 'aborted' ? ['interrupted'] : []),
    ...(end === 'target_gone' ? ['ended when the target refused a connection'] : []),
  ];
  const rest = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  return `Sent ${sent} of ${scope} payloads in ${(tookMs / 1000).toFixed(2)} s, timing ${conditions.timing}${speed}${rest}`;
}

function sendErrorLine({ sendErrors }: ReplayOutcome): string {
  const { p50, p90, p99, max } = sendErrors;
  return `Send error: p50 ${ms(p50)}, p90 ${ms(p90)}, p99 ${ms(p99)}, max ${ms(max)}`;
}

function overlapLine({ overlap, conditions }: ReplayOutcome): string {
  const kept = `Overlaps: ${overlap.kept} of ${overlap.recorded} kept`;
  if (conditions.timing === 'fast') return kept;
  return `${kept}; start gaps of overlapping payloads that moved by over 1 ms: ${overlap.movedCount}`;
}

function noteLines({ connections, asBytes, unmet, leftOut, gaps }: ReplayOutcome): readonly string[] {
  const lines: string[] = [];
  for (const { why, count } of asBytes)
    lines.push(`Sent as recorded bytes, not by grpc-js: ${counted(count, 'calls')}, since ${why}`);
  if (unmet > 0)
    lines.push(`Sent before an answer that had come before it on the tape: ${counted(unmet, 'messages')}`);
  if (connections.reopened > 0)
    lines.push(`Connections that the service had ended, opened again: ${connections.reopened}`);
  if (connections.extra > 0)
    lines.push(`Connections opened beside a recorded one that was still busy: ${connections.extra}`);
  if (leftOut.length > 0) lines.push(`Left out: ${leftOut.join('; ')}`);
  if (gaps.length > 0) lines.push(`Gaps of the tape: ${gaps.join('; ')}`);
  return lines;
}

function differenceLines({ differences }: ReplayOutcome): readonly string[] {
  const noise = Object.entries(differences.noise).map(([why, count]) => `${count} ${why}`);
  const quiet = noise.length === 0 ? '' : ` (beside noise: ${noise.join(', ')})`;
  if (differences.count === 0) return [`Responses: no difference that counts${quiet}`];
  const table = new Table({
    head: ['payload', 'where', 'recorded', 'replayed'],
    style: { head: [], border: [] },
  });
  for (const { payload, where, recorded, replayed } of differences.listed.slice(0, rows)) {
    table.push([payload, short(where), short(recorded ?? '–'), short(replayed ?? '–')]);
  }
  const more = differences.count > rows ? [`… and ${differences.count - rows} more; --json lists them`] : [];
  const heading = `Responses: ${differencesIn(differences.count, differences.payloads)}${quiet}`;
  return [heading, table.toString(), ...more];
}

const widest = 48;

/** One line of printable text. */
function short(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a payload must not steer the terminal.
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return plain.length <= widest ? plain : `${plain.slice(0, widest - 1)}…`;
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(3) : value.toFixed(1)} ms`;
}
