import type { IncomingMessage, ServerResponse } from 'node:http';
import httpProxy from 'http-proxy';
import { Forwarded } from './forwarded.ts';
import { type Came, requestFields } from './request-fields.ts';
import { Connections, type Upstream } from './upstreams.ts';

/** Hands requests to http-proxy, one by one, and mends what it does to them. */
export class HttpForwarder {
  readonly #proxy = httpProxy.createProxyServer({ selfHandleResponse: true, toProxy: true });
  readonly #connections = new Connections();
  readonly #underWay = new WeakMap<IncomingMessage, Forwarded>();

  constructor() {
    withoutDeleteLength(this.#proxy);
    this.#proxy.on('proxyReq', (out, request) => this.#underWay.get(request)?.sending(out));
    this.#proxy.on('proxyRes', (answer, request) => this.#underWay.get(request)?.answered(answer));
  }

  /** `continues`: the client waits for a 100 of the service before it sends its body. */
  forward(
    request: IncomingMessage,
    response: ServerResponse,
    upstream: Upstream,
    came: Came,
    continues: boolean,
  ): void {
    request.headers = requestFields(request.rawHeaders, request.method ?? '', came);
    const { target, options } = upstream;
    const agent = this.#connections.agentFor(request.socket, upstream);
    const send = (): void =>
      this.#proxy.web(request, response, { target, agent, ssl: { ...options } }, (error) =>
        forwarded.failed(error),
      );
    const forwarded = new Forwarded(request, response, continues, send);
    this.#underWay.set(request, forwarded);
    send();
  }
}

/** http-proxy gives every DELETE and OPTIONS without a length one of 0, and so takes the framing off a chunked body. */
function withoutDeleteLength(proxy: httpProxy): void {
  const passes: unknown = Reflect.get(proxy, 'webPasses');
  if (!Array.isArray(passes)) throw new Error('http-proxy has no passes');
  const rest = passes.filter((pass) => !(typeof pass === 'function' && pass.name === 'deleteLength'));
  Reflect.set(proxy, 'webPasses', rest);
}
