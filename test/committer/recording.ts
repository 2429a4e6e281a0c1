import { BatchWriter } from '../../ledger/batch/batch-writer.ts';
import { type CommitRequest, encodeCommitRequest } from '../../ledger/commit-request.ts';
import { ledgerKeys, type StreamOwner } from '../../ledger/names.ts';
import type { LedgerAppender } from '../../ledger/port.ts';
import { BatchSealer, type SealedBatch, type SealingKey, sealMessage } from '../../sealing/index.ts';

/** One exchange to record: its head lines and bodies, with lengths made for them. */
export interface Recorded {
  readonly request: string;
  readonly fields?: readonly string[];
  readonly requestBody?: string;
  readonly status?: number;
  readonly responseFields?: readonly string[];
  readonly responseBody?: string;
}

/** Appends what an interceptor would, with the batch format and seals of the product, at moments of its own choosing. */
export class Recording {
  readonly owner: StreamOwner;
  readonly appender: LedgerAppender;
  readonly sealer: BatchSealer;
  readonly #recipient: SealingKey;
  readonly #writer: BatchWriter;
  #connections = 0;

  constructor(owner: StreamOwner, appender: LedgerAppender, recipient: SealingKey) {
    this.owner = owner;
    this.appender = appender;
    this.#recipient = recipient;
    this.sealer = new BatchSealer(appender.stream, recipient);
    this.#writer = new BatchWriter(this.sealer.instance, 'shop:8080');
    this.#begin();
  }

  static now(): number {
    return Math.round(performance.now() * 1e6);
  }

  /** Records an exchange on a connection of its own, whole, in one batch; answers the connection's number. */
  exchange(recorded: Recorded): number {
    const connection = this.request(recorded);
    this.response(connection, recorded);
    this.flush();
    return connection;
  }

  /** Records a connection and a request on it. */
  request({ request, fields = [], requestBody = '' }: Recorded): number {
    const connection = ++this.#connections;
    this.#writer.open(connection, Recording.now(), '10.0.0.9:4000', '10.0.0.1:8080');
    const lines = [request, 'Host: shop', ...fields, `Content-Length: ${Buffer.byteLength(requestBody)}`];
    this.#data(connection, 'client', lines, requestBody);
    return connection;
  }

  /** Records the response to the request of a connection, and the connection's end. */
  response(connection: number, { status = 200, responseFields = [], responseBody = '' }: Recorded): void {
    const length = `Content-Length: ${Buffer.byteLength(responseBody)}`;
    this.#data(connection, 'service', [`HTTP/1.1 ${status} X`, ...responseFields, length], responseBody);
    this.#writer.end(connection, 'client', Recording.now(), 'fin');
    this.#writer.end(connection, 'service', Recording.now(), 'fin');
  }

  /** Records that the service closed a connection of which nothing else is in the window; answers its number. */
  serviceClosed(): number {
    const connection = ++this.#connections;
    this.#writer.end(connection, 'service', Recording.now(), 'fin');
    return connection;
  }

  /** Seals what was recorded and hands it to the ledger. */
  flush(): void {
    this.appender.append(this.seal());
  }

  /** Seals what was recorded without handing it on. */
  seal(): SealedBatch {
    const sealed = this.sealer.seal(this.#writer.pieces());
    this.#begin();
    return sealed;
  }

  /** Records that a trigger fired on the response of a connection, and asks for a commit. */
  trigger(connection: number, change: Partial<CommitRequest> = {}): void {
    const request: CommitRequest = {
      trigger: 'on_status',
      fingerprint: 'POST /pay 500',
      detail: '500',
      instance: this.sealer.instance,
      pod: this.owner.pod,
      connection,
      message: 0,
      at: { process: Recording.now(), wallMs: Date.now() },
      scope: 'tunnel',
      ...change,
    };
    if (connection > 0 && connection <= this.#connections) {
      const { trigger, fingerprint, detail, at } = request;
      this.#writer.trigger(connection, at.process, 0, trigger, fingerprint, detail);
      this.flush();
    }
    const place = ledgerKeys.commits(this.owner);
    this.appender.requestCommit(sealMessage(encodeCommitRequest(request), place, this.#recipient));
  }

  #data(connection: number, sender: 'client' | 'service', lines: readonly string[], body: string): void {
    const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
    const at = this.#writer.data(connection, sender, Recording.now(), 0, bytes);
    if (at < 0) throw new RangeError('the slab of the test is too small');
    this.#writer.mark(at, 0, 0);
  }

  #begin(): void {
    this.#writer.begin(Buffer.alloc(128 * 1024), Recording.now(), performance.timeOrigin + performance.now());
  }
}
