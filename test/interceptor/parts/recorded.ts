import { Interceptor, type InterceptorOptions } from '../../../interceptor/interceptor.ts';
import { askableService } from '../../../interceptor/tls-flags.ts';
import { decodeBatch } from '../../../ledger/batch/decode-batch.ts';
import type { CommitRequest } from '../../../ledger/commit-request.ts';
import { MemoryLedger } from '../../../ledger/memory/memory-ledger.ts';
import { ledgerKeys, type StreamOwner } from '../../../ledger/names.ts';
import { parseCommitRequest } from '../../../ledger/parse-commit-request.ts';
import type { Claim, LedgerAppender } from '../../../ledger/port.ts';
import type { Batch, DataRecord, LedgerRecord, Sender, SkipRecord } from '../../../ledger/segment.ts';
import {
  BatchOpener,
  generateKeyPair,
  openMessage,
  parseOpeningKey,
  parseSealingKey,
} from '../../../sealing/index.ts';
import type { CaptureConfig, CommitConfig, TriggerConfig, TunnelConfig } from '../../../tunnel/config.ts';
import { connect, type Peer, type Service, service } from './sockets.ts';

export interface Rules {
  readonly capture?: Partial<CaptureConfig>;
  readonly commit?: Partial<CommitConfig>;
  readonly triggers?: readonly TriggerConfig[];
}

export interface Elsewhere {
  readonly targetPort?: number;
  readonly appender?: LedgerAppender;
  readonly ends?: Pick<InterceptorOptions, 'to' | 'service' | 'routing' | 'askable'>;
}

export const owner: StreamOwner = { namespace: 'shop', tunnel: 'checkout', pod: 'pod-1' };

/** An interceptor before a service of the test's own, with a ledger in memory whose content can be read. */
export class Recorded implements AsyncDisposable {
  readonly interceptor: Interceptor;
  readonly target: Service;
  readonly faults: unknown[] = [];
  port = 0;
  readonly #ledger: MemoryLedger;
  readonly #keys = generateKeyPair();
  #claim: Claim | undefined;

  private constructor(
    target: Service,
    ends: Pick<InterceptorOptions, 'to' | 'service' | 'routing' | 'askable'>,
    rules: Rules,
    given?: LedgerAppender,
  ) {
    this.target = target;
    this.#ledger = new MemoryLedger();
    const tunnel = tunnelOf(rules);
    this.interceptor = new Interceptor({
      tunnel,
      owner,
      listen: { host: '127.0.0.1', port: 0 },
      ...ends,
      recipient: parseSealingKey(this.#keys.publicPem, 'test'),
      appender: given ?? this.#ledger.appender(owner, 64 << 20, 600_000),
      onFault: (fault) => this.faults.push(fault),
    });
  }

  /** `targetPort` where it is not the service's own; `ends` where there is more behind it. */
  static async start(rules: Rules = {}, { targetPort, appender, ends }: Elsewhere = {}): Promise<Recorded> {
    const target = await service();
    const to = { host: '127.0.0.1', port: targetPort ?? target.port };
    const own = {
      to,
      service: 'checkout:8080',
      askable: [askableService('checkout:8080', { ...to, url: '', tls: false }, undefined)],
    };
    const recorded = new Recorded(target, ends ?? own, rules, appender);
    recorded.port = await recorded.interceptor.start();
    return recorded;
  }

  async pair(): Promise<[client: Peer, server: Peer]> {
    const client = connect(this.port);
    return [client, await this.target.accepted()];
  }

  /** All that is in the ledger by now. */
  async records(): Promise<LedgerRecord[]> {
    return (await this.batches()).flatMap(({ records }) => records);
  }

  /** The same in the batches in which it was handed over. */
  async batches(): Promise<Batch[]> {
    if (this.#claim === undefined) this.interceptor.commit();
    const claim = await this.#claimed();
    await claim.hold(owner, 'tape');
    const opener = new BatchOpener(parseOpeningKey(this.#keys.privatePem, 'test'));
    const batches: Batch[] = [];
    for await (const entry of claim.read(owner, 'tape', 0, Number.MAX_SAFE_INTEGER)) {
      batches.push(decodeBatch(opener.open(entry.sealed, ledgerKeys.segments(owner)).bytes));
    }
    return batches;
  }

  /** What triggers asked for, the test's own reading apart. */
  async requests(): Promise<CommitRequest[]> {
    const key = parseOpeningKey(this.#keys.privatePem, 'test');
    if (this.#claim === undefined) this.interceptor.commit();
    const claim = await this.#claimed();
    return (await claim.joined(600_000))
      .map(({ sealed }) => parseCommitRequest(openMessage(sealed, ledgerKeys.commits(owner), key)))
      .filter(({ trigger }) => trigger !== 'manual');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interceptor.drain(0);
    await this.#claim?.[Symbol.asyncDispose]();
    await this.target[Symbol.asyncDispose]();
  }

  async #claimed(): Promise<Claim> {
    this.#claim ??= await this.#ledger.reader(owner).claim(AbortSignal.timeout(5_000));
    if (this.#claim === undefined) throw new Error('nothing to claim');
    return this.#claim;
  }
}

export function tunnelOf({ capture, commit, triggers }: Rules): TunnelConfig {
  return {
    namespace: owner.namespace,
    name: owner.tunnel,
    mode: 'record',
    capture: {
      protocols: ['http', 'grpc'],
      payloads: true,
      maxSessionDurationMs: 300_000,
      bodyLimit: 1 << 20,
      ledgerBudget: 64 << 20,
      connectionLimit: 1000,
      ignore: [{ userAgent: 'kube-probe/*' }],
      reflection: false,
      ...capture,
    },
    triggers: triggers ?? [
      { kind: 'on_status', ranges: [[500, 599]] },
      { kind: 'on_exception', pattern: '*' },
    ],
    commit: { scope: 'tunnel', tailMs: 1000, inFlightMs: 1000, coolDownMs: 30_000, ...commit },
    sanitization: [],
  };
}

/** The bytes of one sender as the ledger has them, with `·` for each that was skipped; fails on a hole or an overlap. */
export function textOf(records: readonly LedgerRecord[], connection: number, sender: Sender): string {
  let text = '';
  for (const record of spansOf(records, connection, sender)) {
    if (record.offset !== text.length)
      throw new Error(`${sender}: ${record.offset} follows on ${text.length}`);
    text += record.kind === 'data' ? Buffer.from(record.bytes).toString('latin1') : '·'.repeat(record.length);
  }
  return text;
}

/** Where messages begin in what one sender sent, by the marks. */
export function marksOf(records: readonly LedgerRecord[], connection: number, sender: Sender) {
  return spansOf(records, connection, sender).flatMap((record) =>
    record.kind === 'data' && record.mark !== undefined
      ? [{ message: record.mark.message, offset: record.offset + record.mark.at }]
      : [],
  );
}

function spansOf(records: readonly LedgerRecord[], connection: number, sender: Sender) {
  return records.filter(
    (record): record is DataRecord | SkipRecord =>
      (record.kind === 'data' || record.kind === 'skip') &&
      record.connection === connection &&
      record.sender === sender,
  );
}

/** An answer with a body of that text. */
export function answer(status: number, body: string, fields = ''): string {
  return `HTTP/1.1 ${status} Words\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** A request without a body. */
export function request(target: string, fields = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: checkout\r\n${fields}\r\n`;
}

/** One exchange of a kept-alive connection, waited for at both ends. */
export async function exchange(client: Peer, server: Peer, target: string, body: string): Promise<void> {
  const [asked, answered] = [request(target), answer(200, body)];
  const [wasAsked, wasAnswered] = [server.length, client.length];
  client.socket.write(asked);
  await server.until((peer) => peer.length === wasAsked + asked.length);
  server.socket.write(answered);
  await client.until((peer) => peer.length === wasAnswered + answered.length);
}
