import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { faultOf, wasReset } from './faults.ts';
import { badGateway, refuse } from './refusal.ts';
import { endToEnd, firstOf, pairsOf } from './request-fields.ts';

/** Methods that may be sent again where the first time came to nothing (RFC 9110 section 9.2.2). */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * One request on its way through http-proxy, and what it does not do: it leaves the request to a service open when the
 * client has gone, loses trailers and interim responses, joins and respells fields, rewrites paths, holds a response's
 * head back until there is a body, and leaves a client hanging whose service has gone.
 */
export class Forwarded {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #send: () => void;
  readonly #continues: boolean;
  #out: ClientRequest | undefined;
  #gone = false;
  #retried = false;
  #over = false;

  /** `send` hands the request to http-proxy; `continues`: the client waits for the service's 100 before its body. */
  constructor(request: IncomingMessage, response: ServerResponse, continues: boolean, send: () => void) {
    this.#request = request;
    this.#response = response;
    this.#continues = continues;
    this.#send = send;
    request.once('end', () => this.#addTrailers());
    response.once('close', () => this.#closed());
    response.sendDate = false;
  }

  /** http-proxy has made its request, and nothing of it is written yet. */
  sending(out: ClientRequest): void {
    this.#out = out;
    out.path = this.#request.url ?? '/';
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
  }

  /** The service's response begins. */
  answered(answer: IncomingMessage): void {
    const response = this.#response;
    const fields = endToEnd(answer.rawHeaders).flat();
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
    if (!this.#response.headersSent) refuse(this.#response, badGateway(faultOf(error)));
    // The client is to see what it would have seen: a response cut off, in the way it was.
    else if (wasReset(error)) this.#request.socket.resetAndDestroy();
    else this.#request.socket.destroy();
  }

  #closed(): void {
    if (this.#response.writableFinished) return;
    this.#gone = true;
    this.#out?.destroy();
  }

  /** A service may close a connection that was kept just as a request is sent on it. */
  #mayRetry(): boolean {
    const { method = '', rawHeaders } = this.#request;
    const length = firstOf(rawHeaders, 'content-length') ?? '0';
    return (
      !this.#retried &&
      this.#out?.reusedSocket === true &&
      repeatable.has(method) &&
      length === '0' &&
      firstOf(rawHeaders, 'transfer-encoding') === undefined
    );
  }

  #addTrailers(): void {
    const trailers = [...pairsOf(this.#request.rawTrailers)];
    if (trailers.length > 0) this.#out?.addTrailers(trailers);
  }
}
