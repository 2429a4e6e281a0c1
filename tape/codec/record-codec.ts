import { damaged } from './faults.ts';
import type { FormatStep } from './format-steps.ts';
import { type ExchangeRecord, recordSchema } from './record-schema.ts';

/**
 * Writes a record as one line of JSON with its newline. Throws a `ZodError` for one that no reader would take, which is
 * a defect of whoever made it.
 */
export function encodeRecord(record: ExchangeRecord): Buffer {
  return Buffer.from(`${JSON.stringify(recordSchema.parse(record))}\n`);
}

/** Reads one line of `part`. Throws `tape-damaged`; nothing of the line is in the message. */
export function decodeRecord(part: string, line: Buffer, steps: readonly FormatStep[]): ExchangeRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(line.toString('utf8'));
  } catch {
    throw damaged(part, 'a record is not JSON');
  }
  for (const step of steps) raw = step.record(raw);
  const result = recordSchema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw damaged(part, `a record is not an exchange: ${issue?.path.join('.')} ${issue?.message}`);
}
