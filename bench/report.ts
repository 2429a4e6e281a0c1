import { addedText } from './added.ts';
import { type Compared, type Cost, median, type SteadyCost } from './data-path.ts';
import type { MemoryRun } from './memory-run.ts';
import type { Captured } from './ours.ts';

type Pick = (cost: Cost) => number;

/** Our figure, the peer's and their ratio; medians over the pairs. */
export function printCompared({ load, ours, peer, ratio }: Compared<Cost | SteadyCost>): void {
  const both = (pick: Pick, digits: number, unit = ''): string =>
    `ours ${median(ours.map(pick)).toFixed(digits)}${unit}   HAProxy ${median(peer.map(pick)).toFixed(digits)}${unit}`;
  const failed = [...ours, ...peer].reduce((sum, cost) => sum + cost.failed, 0);
  const lines = [
    `${load}`,
    `  CPU a request     ${both((c) => c.cpu, 1, ' µs')}   ratio ${ratio.toFixed(2)}`,
    `  Redis a request   ${both((c) => c.redis, 1, ' µs')}`,
    `  requests/s        ${both((c) => c.perSecond, 0)}   failed ${failed}`,
  ];
  if (ours.some((cost) => 'addedP50' in cost)) {
    const added = (which: 'addedP50' | 'addedP99'): string =>
      [ours, peer]
        .map((costs) => addedText(median(costs.map((cost) => latency(cost, which)))))
        .join('   HAProxy ');
    lines.push(`  added p50         ours ${added('addedP50')}`);
    lines.push(`  added p99         ours ${added('addedP99')}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function latency(cost: Cost | SteadyCost, which: 'addedP50' | 'addedP99'): number {
  return which in cost && 'addedP50' in cost ? cost[which] : Number.NaN;
}

/** Resident memory, the highest of each load. */
export function printMemory({ started, underLoad }: MemoryRun): void {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const loads = underLoad.map(({ load, highest }) => `${mb(highest)} ${load}`);
  process.stdout.write(`resident memory     started ${mb(started)}; ${loads.join(', ')}\n`);
}

/** A figure that was reached by recording less would be none. */
export function printCaptured({ appendedBytes, droppedBytes }: Captured): void {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  process.stdout.write(`captured            ${mb(appendedBytes)} in Redis, ${mb(droppedBytes)} dropped\n`);
}
