import { setTimeout as sleep } from 'node:timers/promises';
import type { Listening } from './haproxy.ts';
import { saturate } from './saturate.ts';

const everyMs = 50;

export interface Memory {
  readonly connections: number;
  /** Resident memory of the process at its highest under load, and at its end, bytes. */
  readonly highest: number;
  readonly after: number;
}

/** Watches the resident memory while as many requests go as can, for `seconds`, over so many connections. */
export async function memoryUnderLoad(
  { process, port }: Listening,
  seconds: number,
  connections: number,
): Promise<Memory> {
  let highest = 0;
  let loading = true;
  const load = saturate(port, seconds, connections).finally(() => {
    loading = false;
  });
  while (loading) {
    highest = Math.max(highest, process.rss());
    await sleep(everyMs);
  }
  await load;
  return { connections, highest, after: process.rss() };
}
