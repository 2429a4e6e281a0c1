/** A thread that goes through the price list, so that the service can answer others meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { verifyChain } from './chain.ts';

const entriesOfOne = Number(workerData);

parentPort?.on('message', ({ job, sku, entries }: { job: number; sku: string; entries: number }) => {
  verifyChain(`prices of ${sku}`, entries * entriesOfOne);
  parentPort?.postMessage(job);
});
