import { loadavg } from 'node:os';

/** A latency that a proxy adds, milliseconds. What is faster than without it tells of the machine and not of the proxy. */
export function addedText(ms: number): string {
  if (!(ms < 0)) return `${ms.toFixed(3)} ms`;
  return `within noise (load ${(loadavg()[0] ?? 0).toFixed(1)})`;
}
