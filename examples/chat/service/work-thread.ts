/** A thread that does the chat's slow work, one job after the other, so that the service can answer others meanwhile. */
import { parentPort } from 'node:worker_threads';
import { verifyChain } from '../../checkout/service/chain.ts';

parentPort?.on('message', ({ job, entries }: { job: number; entries: number }) => {
  verifyChain('links', entries);
  parentPort?.postMessage(job);
});
