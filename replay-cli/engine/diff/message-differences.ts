import type { Content } from '../content.ts';
import type { Difference } from '../port.ts';
import { bodyDifferences } from './body-differences.ts';
import { excerpt, type HasMoved } from './difference.ts';

/** One message of a response: of a WebSocket, of a stream of events, of a gRPC stream. */
export interface MessageContent {
  /** What it is beside its content: the type of an event, `binary`. */
  readonly kind: string;
  readonly content: Content;
}

/**
 * Compares messages one by one, in their order: `unit` names one (`message 3`, `event 3`). JSON is compared by its
 * leaves, text by its words.
 */
export function messageDifferences(
  unit: 'message' | 'event',
  recorded: readonly MessageContent[],
  replayed: readonly MessageContent[],
  hasMoved: HasMoved,
): readonly Difference[] {
  const differences: Difference[] = [];
  const count = Math.max(recorded.length, replayed.length);
  for (let index = 0; index < count; index++) {
    const where = `${unit} ${index + 1}`;
    const [before, after] = [recorded[index], replayed[index]];
    if (before === undefined || after === undefined) {
      differences.push({
        where,
        ...(before && { recorded: inWords(before) }),
        ...(after && { replayed: inWords(after) }),
      });
      continue;
    }
    if (before.kind !== after.kind) {
      differences.push({ where: `${where} kind`, recorded: before.kind, replayed: after.kind });
    }
    for (const found of bodyDifferences(before.content, after.content, hasMoved)) {
      differences.push({ ...found, where: found.where.replace(/^body/, where) });
    }
  }
  return differences;
}

function inWords({ content }: MessageContent): string {
  return content.kind === 'binary' ? `${content.bytes.length} bytes` : excerpt(content.text);
}
