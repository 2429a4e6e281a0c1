/** An entry of a stream: its id, and its fields by name. Without fields: it was deleted. */
export interface StreamEntry {
  readonly id: string;
  readonly ms: number;
  readonly fields: ReadonlyMap<string, Buffer> | undefined;
}

/** Reads the answer of XRANGE. What is not shaped like one is left out. */
export function readEntries(answer: unknown): StreamEntry[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((item: unknown) => {
    if (!Array.isArray(item) || !Buffer.isBuffer(item[0])) return [];
    const id = item[0].toString();
    return [{ id, ms: Number(id.split('-')[0]), fields: readFields(item[1]) }];
  });
}

/** Reads the answer of XREADGROUP on one stream. */
export function readGroupEntries(answer: unknown): StreamEntry[] {
  if (!Array.isArray(answer)) return [];
  const stream: unknown = answer[0];
  return Array.isArray(stream) ? readEntries(stream[1]) : [];
}

function readFields(list: unknown): ReadonlyMap<string, Buffer> | undefined {
  if (!Array.isArray(list)) return undefined;
  const fields = new Map<string, Buffer>();
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name, value]: unknown[] = [list[i], list[i + 1]];
    if (Buffer.isBuffer(name) && Buffer.isBuffer(value)) fields.set(name.toString(), value);
  }
  return fields;
}
