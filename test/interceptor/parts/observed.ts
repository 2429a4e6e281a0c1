import { Batches } from '../../../interceptor/observe/batches.ts';
import type { ObserverCounters } from '../../../interceptor/observe/counters.ts';
import { Observation } from '../../../interceptor/observe/observation.ts';
import { Observer } from '../../../interceptor/observe/observer.ts';
import type { Protocols } from '../../../interceptor/observe/protocol.ts';
import { protocols } from '../../../interceptor/observe/protocols.ts';
import { Schemas } from '../../../interceptor/reflection/schemas.ts';
import type { ConnectionTap } from '../../../interceptor/relay/tap.ts';
import { CommitRequests } from '../../../interceptor/triggers/commit.ts';
import { decodeBatch } from '../../../ledger/batch/decode-batch.ts';
import type { CommitRequest } from '../../../ledger/commit-request.ts';
import { ledgerKeys } from '../../../ledger/names.ts';
import { parseCommitRequest } from '../../../ledger/parse-commit-request.ts';
import type { AppenderCounters, LedgerAppender } from '../../../ledger/port.ts';
import type { Batch, Sender } from '../../../ledger/segment.ts';
import {
  BatchOpener,
  BatchSealer,
  generateKeyPair,
  openMessage,
  parseOpeningKey,
} from '../../../sealing/index.ts';
import { owner, type Rules, tunnelOf } from './recorded.ts';

const stream = ledgerKeys.segments(owner);
const key = parseOpeningKey(generateKeyPair().privatePem, 'test');

/** An observer that is driven by hand, without sockets. */
export interface Driven {
  open(): ConnectionTap;
  /** One segment. */
  send(tap: ConnectionTap, sender: Sender, text: string): void;
  /** Hands the batch over, as its age would. */
  hand(): void;
  readonly counters: ObserverCounters;
}

/** What an observer records of the traffic that `drive` gives it: its batches, sealed and opened again. */
export function observe(
  drive: (driven: Driven) => void,
  {
    rules = {},
    known = protocols,
    onCommit = () => {},
    drops = () => false,
  }: {
    rules?: Rules;
    known?: Protocols;
    onCommit?: (request: CommitRequest) => void;
    /** Whether the ledger does not take the batch of this number, from 0. */
    drops?: (batch: number) => boolean;
  } = {},
): Batch[] {
  const sealed: Buffer[] = [];
  const fail = (fault: unknown): never => {
    throw fault;
  };
  const appender = appendingTo(sealed, onCommit, drops);
  const sealer = new BatchSealer(stream, key);
  const batches = new Batches('checkout:8080', sealer, appender, fail);
  const commits = new CommitRequests(owner, key, appender, 0);
  const observation = new Observation('checkout:8080', sealer.instance, tunnelOf(rules), {
    ...{ batches, commits, routing: undefined },
    schemas: new Schemas({ services: [], tunnel: tunnelOf(rules), batches, onFault: () => {} }),
  });
  const observer = new Observer(observation, known, fail);
  drive({
    open: () => observer.open('10.0.0.9:4000'),
    send: (tap, sender, text) => {
      const source = Buffer.from(text, 'latin1');
      const slab = tap.reserve(sender, source.length);
      source.copy(slab.bytes, slab.at);
      tap.segment(sender, slab, source, source.length);
    },
    hand: () => batches.hand(),
    counters: observation.counters,
  });
  observer.close();
  const opener = new BatchOpener(key);
  return sealed.map((one) => decodeBatch(opener.open(one, stream).bytes));
}

const noCounters: AppenderCounters = {
  reachable: true,
  pendingBytes: 0,
  lagMs: 0,
  appendedBatches: 0,
  appendedBytes: 0,
  droppedBatches: 0,
  droppedBytes: 0,
  untoldBytes: 0,
  commitsRequested: 0,
  commitsPending: 0,
  commitsDropped: 0,
  clockOffsetMs: 0,
  problem: undefined,
};

function appendingTo(
  sealed: Buffer[],
  onCommit: (request: CommitRequest) => void,
  drops: (batch: number) => boolean,
): LedgerAppender {
  let [batches, droppedBatches] = [0, 0];
  return {
    stream,
    append: (batch) => {
      if (drops(batches++)) droppedBatches++;
      else sealed.push(Buffer.concat(batch.parts));
    },
    requestCommit: (asked) =>
      onCommit(parseCommitRequest(openMessage(asked, ledgerKeys.commits(owner), key))),
    get counters() {
      return { ...noCounters, droppedBatches };
    },
    flush: async () => {},
    close: async () => {},
  };
}
