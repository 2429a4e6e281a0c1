/** A field of a table. Text is latin1: one character an octet. */
export interface TableEntry {
  readonly name: string;
  readonly value: string;
  /** Octets that it counts (RFC 7541 section 4.1). */
  readonly size: number;
  /** Place of its name in the `WantedNames`; -1 where nobody asked for it. */
  readonly wanted: number;
}

export function tableEntry(name: string, value: string, wanted: number): TableEntry {
  return { name, value, size: name.length + value.length + 32, wanted };
}
