import { type Compared, type Cost, median } from './data-path.ts';

/** One line a load: our figure, the peer's and the ratio. */
export function printCompared({ load, ours, peer, ratio }: Compared<Cost>): void {
  const middle = (costs: readonly Cost[], pick: (cost: Cost) => number): number => median(costs.map(pick));
  const failed = [...ours, ...peer].reduce((sum, cost) => sum + cost.failed, 0);
  const lines = [
    `${load}:`,
    `  CPU a request   ours ${middle(ours, (c) => c.cpu).toFixed(1)} µs   HAProxy ${middle(peer, (c) => c.cpu).toFixed(1)} µs   ratio ${ratio.toFixed(2)}`,
    `  Redis           ${middle(ours, (c) => c.redis).toFixed(1)} µs a request`,
    `  requests/s      ours ${middle(ours, (c) => c.perSecond).toFixed(0)}   HAProxy ${middle(peer, (c) => c.perSecond).toFixed(0)}   failed ${failed}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
