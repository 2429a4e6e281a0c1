import type { IncomingMessage, ServerResponse } from 'node:http';
import httpProxy from 'http-proxy';
import { Forwarded } from './forwarded.ts';
import type { Found } from './found.ts';
import { requestFields } from './request-fields.ts';
import { Connections } from './upstreams.ts';

/** Hands requests to http-proxy, one by one, and mends what it does to them. */
export class HttpForwarder {
  readonly #proxy = httpProxy.createProxyServer({ selfHandleResponse: true, toProxy: true });
  readonly #connections = new Connections();
  readonly #underWay = new WeakMap<IncomingMessage, Forwarded>();

  constructor() {
    this.#proxy.on('proxyReq', (out, request) => this.#underWay.get(request)?.sending(out));
    this.#proxy.on('proxyRes', (answer, request) => this.#underWay.get(request)?.answered(answer));
  }

  /** `continues`: the client waits for a 100 of the service before it sends its body. */
  forward(
    request: IncomingMessage,
    response: ServerResponse,
    { upstream, host, came }: Found,
    continues: boolean,
  ): void {
    const { rawHeaders: raw, method = '' } = request;
    const fields = requestFields({ raw, method, host }, came);
    // What http-proxy would make its request with; that is given its fields when it is there.
    request.headers = {};
    const { target, options } = upstream;
    const agent = this.#connections.agentFor(request.socket, upstream);
    const send = (): void => {
      try {
        this.#proxy.web(request, response, { target, agent, ssl: options() }, (error) =>
          forwarded.failed(error),
        );
      } catch (error) {
        forwarded.failed(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const forwarded = new Forwarded({ request, response, fields, continues, send });
    this.#underWay.set(request, forwarded);
    send();
  }
}
