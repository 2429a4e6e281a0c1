import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { faultOf, wasReset } from './faults.ts';
import type { Fields } from './fields.ts';
import { badGateway, refuse } from './refusal.ts';
import { answerFields, linesOf, originForm, pairsOf } from './request-fields.ts';

/** Methods that may be sent again where the first time came to nothing (RFC 9110 section 9.2.2). */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export interface ToForward {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fields: Fields;
  /** The client waits for the service's 100 before it sends its body. */
  readonly continues: boolean;
  /** Hands the request to http-proxy. */
  readonly send: () => void;
}

/** Gives a request that http-proxy made, and has not sent, the target and the fields that it should have. */
export function write(out: ClientRequest, { url = '/' }: IncomingMessage, fields: Fields): void {
  out.path = originForm(url);
  for (const name of out.getHeaderNames()) out.removeHeader(name);
  for (const [name, value] of fields) out.setHeader(name, value);
}

/**
 * One request on its way through http-proxy, and what it does not do: it leaves the request to a service open when the
 * client has gone, loses trailers and interim responses, joins, respells and turns round fields, rewrites paths, holds a response's
 * head back until there is a body, and leaves a client hanging whose service has gone.
 */
export class Forwarded {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #fields: Fields;
  readonly #send: () => void;
  readonly #continues: boolean;
  #out: ClientRequest | undefined;
  #gone = false;
  #retried = false;
  #over = false;

  constructor({ request, response, fields, continues, send }: ToForward) {
    this.#request = request;
    this.#response = response;
    this.#fields = fields;
    this.#continues = continues;
    this.#send = send;
    request.once('end', () => this.#addTrailers());
    request.socket.once('end', this.#halfClose);
    response.once('close', () => this.#closed());
    response.sendDate = false;
  }

  /** http-proxy has made its request, and nothing of it is written yet. */
  sending(out: ClientRequest): void {
    this.#out = out;
    write(out, this.#request, this.#fields);
    if (this.#continues) {
      out.setHeader('Expect', '100-continue');
      out.once('continue', () => this.#response.writeContinue());
      out.flushHeaders();
    }
    out.on('information', ({ statusCode, headers: { link } }) => {
      if (statusCode === 102) this.#response.writeProcessing();
      if (statusCode === 103 && link !== undefined) this.#response.writeEarlyHints({ link });
    });
    // A service may answer without reading: what is left of the body must not keep the next request from being read.
    out.once('close', () => this.#request.unpipe(out).resume());
    if (this.#gone) out.destroy();
    else if (this.#request.socket.readableEnded) this.#halfClose();
  }

  /** The service's response begins. */
  answered(answer: IncomingMessage): void {
    const response = this.#response;
    const fields = answerFields(answer.rawHeaders).flat();
    try {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', fields);
    } catch (error) {
      answer.destroy();
      this.failed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    response.flushHeaders();
    answer.on('error', (error) => this.failed(error));
    answer.once('end', () => {
      this.#over = true;
      response.addTrailers([...pairsOf(answer.rawTrailers)]);
      response.end();
    });
    answer.pipe(response, { end: false });
  }

  /** The service, or the client, failed. */
  failed(error: Error): void {
    if (this.#over || this.#gone) return;
    if (!this.#response.headersSent && this.#mayRetry()) {
      this.#retried = true;
      this.#send();
      return;
    }
    this.#over = true;
    const { socket } = this.#request;
    // The service may have ended because its client had.
    if (socket.readableEnded && !this.#response.headersSent) socket.destroy();
    else if (!this.#response.headersSent) refuse(this.#response, badGateway(faultOf(error)));
    // The client is to see what it would have seen: a response cut off, in the way it was.
    else if (wasReset(error)) socket.resetAndDestroy();
    else socket.destroy();
  }

  /** The client will send nothing more, and may still wait for the answer: what that means is up to the service. */
  readonly #halfClose = (): void => {
    const out = this.#out;
    if (out === undefined || this.#over) return;
    if (out.writableFinished) out.socket?.end();
    else out.once('finish', () => out.socket?.end());
  };

  #closed(): void {
    this.#request.socket.off('end', this.#halfClose);
    if (this.#response.writableFinished) return;
    this.#gone = true;
    this.#out?.destroy();
  }

  /** A service may close a connection that was kept just as a request is sent on it. */
  #mayRetry(): boolean {
    const { method = '', rawHeaders } = this.#request;
    const length = linesOf(rawHeaders, 'content-length')[0] ?? '0';
    return (
      !this.#retried &&
      this.#out?.reusedSocket === true &&
      repeatable.has(method) &&
      length === '0' &&
      linesOf(rawHeaders, 'transfer-encoding').length === 0
    );
  }

  #addTrailers(): void {
    const trailers = [...pairsOf(this.#request.rawTrailers)];
    if (trailers.length > 0) this.#out?.addTrailers(trailers);
  }
}
