import type {
  Body,
  Exchange,
  ExchangeWithBodies,
  HeaderField,
  RequestHead,
  RequestMessage,
  ResponseHead,
  ResponseMessage,
  TriggerMark,
  WebSocketFrame,
} from '../tape/exchange.ts';
import { fingerprint, routeTemplate } from '../tape/fingerprint.ts';
import type { Gap } from '../tape/gap.ts';
import type { SanitizerRun } from '../tape/manifest.ts';
import type { ScrubbedExchange } from '../tape/scrubbed.ts';
import type { SanitizationRule } from '../tunnel/config.ts';
import { type Call, callOfExchange, encodingOf, responseType } from '../wire/grpc/call.ts';
import { Schemas } from '../wire/protobuf/schema.ts';
import { scrubBody } from './bodies/body.ts';
import type { BodyInput, ScrubbedBody } from './bodies/body-input.ts';
import { type CallReading, scrubCall, scrubCallTarget } from './bodies/call.ts';
import { Allowance, codingsOf } from './bodies/codings.ts';
import { resized, withEventTimes, withLength } from './bodies/framing.ts';
import { eventStream, parseMediaType } from './bodies/media.ts';
import { scrubFrames } from './bodies/websocket.ts';
import { cookie } from './detectors/cookie.ts';
import { mockAddress } from './peers.ts';
import { fieldOf, scrubFields } from './places/fields.ts';
import { type LeaveOut, scrubMetadata } from './places/metadata.ts';
import { scrubTarget } from './places/target.ts';
import type { Scrubber } from './port.ts';
import { bodies, freeText, TextScrubber } from './text-scrubber.ts';

/**
 * Makes the scrubber of one tape. `rules` are those of every version of the tunnel that was in force during the
 * window, oldest first; `schemas` those of the services' messages, as far as they are known. Throws `config-invalid` for a regex that RE2 refuses.
 */
export function createScrubber(rules: readonly SanitizationRule[], schemas = new Schemas()): Scrubber {
  return new Engine(rules, schemas);
}

class Engine implements Scrubber {
  readonly #texts: TextScrubber;
  readonly #allowances = { learning: new Allowance(), scrubbing: new Allowance() };

  readonly #schemas: Schemas;
  /** The call that the exchange at hand is. */
  #call: Call | undefined;

  constructor(rules: readonly SanitizationRule[], schemas: Schemas) {
    this.#texts = new TextScrubber(rules);
    this.#schemas = schemas;
  }

  get runs(): readonly SanitizerRun[] {
    return this.#texts.tally.runs;
  }

  get gaps(): readonly Gap[] {
    return this.#texts.tally.gaps;
  }

  get mockKeys(): readonly Readonly<Record<string, string>>[] {
    return this.#texts.substitutes.keys.jwks;
  }

  learn(raw: ExchangeWithBodies): void {
    this.#texts.tally.counting = false;
    this.scrub(raw);
    this.#texts.tally.counting = true;
  }

  scrubValue(value: string): string {
    // As for a cookie, since that is where most session ids come from: percent-encoded or not, they join.
    return value === '' ? value : cookie.substitute(value, this.#texts.substitutes);
  }

  scrubMark(mark: TriggerMark): TriggerMark {
    this.#texts.tally.place = 'mark';
    const [method = '', target = '', ...outcome] = mark.fingerprint.split(' ');
    const scrubbed = this.#target(target);
    return {
      ...mark,
      fingerprint: [this.#text(method), scrubbed, ...outcome].join(' '),
      ...this.#detail(mark),
    };
  }

  scrub(raw: ExchangeWithBodies): ScrubbedExchange {
    const { exchange } = raw;
    // What is named as a secret comes first, so that it is known wherever else in the exchange it stands.
    const session = exchange.session === undefined ? {} : { session: this.scrubValue(exchange.session) };
    const peers = {
      client: mockAddress(exchange.peers.client, this.#texts),
      service: mockAddress(exchange.peers.service, this.#texts),
    };
    const gaps: Gap[] = [];
    this.#call = callOfExchange(exchange);
    const request = this.#request(exchange, raw.requestBody, gaps);
    const response = this.#response(exchange, raw.responseBody, gaps);
    const scrubbed: Exchange = {
      ...exchange,
      ...session,
      peers,
      request: request.message,
      ...this.#interim(exchange, gaps),
      ...(response.message === undefined ? {} : { response: response.message }),
      ...this.#triggers(exchange, request.message.head),
      ...(gaps.length === 0 ? {} : { gaps: [...(exchange.gaps ?? []), ...gaps] }),
    };
    return branded({ exchange: scrubbed, requestBody: request.bytes, responseBody: response.bytes });
  }

  #request(exchange: Exchange, body: Uint8Array, gaps: Gap[]): Made<RequestMessage> {
    const { request, times } = exchange;
    const at = times.requestStart;
    const head: RequestHead = {
      ...request.head,
      method: this.#at('request.target', () => this.#text(request.head.method)),
      target: this.#at('request.target', () => this.#requestTarget(request.head, at, gaps)),
      fields: this.#fields('request.head', request.head.fields, at, gaps),
    };
    const made = this.#body('request.body', request, body, at, gaps);
    const message = { head: { ...head, fields: withLength(head.fields, made.body) }, body: made.body };
    return {
      message: { ...message, ...this.#trailers('request.trailers', request, at, gaps) },
      bytes: made.bytes,
    };
  }

  #response(exchange: Exchange, body: Uint8Array, gaps: Gap[]): Made<ResponseMessage | undefined> {
    const { response, times } = exchange;
    if (response === undefined) return { message: undefined, bytes: new Uint8Array() };
    const at = times.responseStart ?? times.requestStart;
    const head = this.#responseHead(response.head, at, gaps);
    const made = this.#body('response.body', response, body, at, gaps);
    const message = { head: { ...head, fields: withLength(head.fields, made.body) }, body: made.body };
    return {
      message: { ...message, ...this.#trailers('response.trailers', response, at, gaps) },
      bytes: made.bytes,
    };
  }

  #responseHead(head: ResponseHead, at: number, gaps: Gap[]): ResponseHead {
    const reason = this.#at('response.head', () => this.#text(head.reason));
    return { ...head, reason, fields: this.#fields('response.head', head.fields, at, gaps) };
  }

  #interim(exchange: Exchange, gaps: Gap[]): Pick<Exchange, 'interim'> {
    if (exchange.interim === undefined) return {};
    return {
      interim: exchange.interim.map(({ at, head }) => ({ at, head: this.#responseHead(head, at, gaps) })),
    };
  }

  #trailers(
    place: string,
    message: RequestMessage | ResponseMessage,
    at: number,
    gaps: Gap[],
  ): { readonly trailers?: readonly HeaderField[] } {
    const { trailers } = message;
    return trailers === undefined ? {} : { trailers: this.#fields(place, trailers, at, gaps) };
  }

  #triggers(exchange: Exchange, head: RequestHead): Pick<Exchange, 'triggers'> {
    if (exchange.triggers === undefined) return {};
    const { method, target } = exchange.request.head;
    const raw = `${method} ${routeTemplate(target)} `;
    return {
      triggers: exchange.triggers.map((mark) => {
        if (!mark.fingerprint.startsWith(raw)) return this.scrubMark(mark);
        const outcome = mark.fingerprint.slice(raw.length);
        return {
          ...mark,
          fingerprint: fingerprint(head.method, head.target, outcome),
          ...this.#detail(mark),
        };
      }),
    };
  }

  #detail(mark: TriggerMark): Pick<TriggerMark, 'detail'> {
    return mark.detail === undefined ? {} : { detail: this.#text(mark.detail) };
  }

  #fields(place: string, fields: readonly HeaderField[], at: number, gaps: Gap[]): readonly HeaderField[] {
    return this.#at(place, () =>
      this.#call === undefined
        ? scrubFields(fields, this.#texts)
        : scrubMetadata(fields, this.#schemas, this.#texts, (bytes) => this.#drop(place, bytes, at, gaps)),
    );
  }

  /** `bytes` of what stands at `place`, the one that is being scrubbed, are not on the tape. */
  #drop(place: string, bytes: number, at: number, gaps: Gap[]): void {
    if (bytes === 0) return;
    this.#texts.tally.drop(bodies.name, bytes, at);
    gaps.push({ cause: 'unreadable', count: bytes, unit: 'bytes', from: at, what: place });
  }

  #text(text: string): string {
    return this.#texts.value(text, freeText);
  }

  #target(target: string): string {
    const { text } = this.#texts.rules.apply(target);
    return scrubTarget(text.replaceAll(/\s/g, '%20'), this.#texts.value);
  }

  #requestTarget(head: RequestHead, at: number, gaps: Gap[]): string {
    const leaveOut = (bytes: number): void => this.#drop('request.target', bytes, at, gaps);
    const reading = head.method === 'GET' ? this.#reading(head, leaveOut) : undefined;
    return this.#target(
      reading === undefined ? head.target : scrubCallTarget(head.target, reading, this.#texts),
    );
  }

  get #allowance(): Allowance {
    return this.#texts.tally.counting ? this.#allowances.scrubbing : this.#allowances.learning;
  }

  /** Nothing more is substituted once equality could not be kept for it. */
  #content(input: BodyInput): ScrubbedBody {
    return this.#texts.substitutes.full && input.bytes.length > 0
      ? 'unreadable'
      : scrubBody(input, this.#texts);
  }

  /** Chunk extensions are free text of the sender. */
  #framed(body: Body): Body {
    const { framing } = body;
    if (framing.kind !== 'chunked' || framing.chunks.every(([, extension]) => extension === undefined))
      return body;
    const chunks = framing.chunks.map(([size, extension]): readonly [number, string?] =>
      extension === undefined ? [size] : [size, this.#text(extension)],
    );
    return { ...body, framing: { kind: 'chunked', chunks } };
  }

  #at<T>(place: string, scrub: () => T): T {
    this.#texts.tally.place = place;
    return scrub();
  }

  #body(
    place: string,
    message: RequestMessage | ResponseMessage,
    bytes: Uint8Array,
    at: number,
    gaps: Gap[],
  ): { readonly body: Body; readonly bytes: Uint8Array } {
    const { head } = message;
    const body = this.#at(place, () => this.#framed(message.body));
    const type = parseMediaType(fieldOf(head.fields, 'content-type'));
    const codings = codingsOf(fieldOf(head.fields, 'content-encoding'));
    if (body.framing.kind === 'websocket') {
      return this.#frames(place, body, body.framing.frames, bytes, at, gaps);
    }
    const reading = this.#reading(head, (gone) => this.#drop(place, gone, at, gaps));
    if (reading !== undefined && bytes.length > 0)
      return this.#messages(place, body, bytes, reading, at, gaps);
    const cut = body.lost !== undefined;
    const made = this.#at(place, () =>
      this.#content({ bytes, type, codings, cut, field: '', allowance: this.#allowance }),
    );
    if (made === bytes) return { body, bytes };
    const total = body.size + (body.lost?.bytes ?? 0);
    if (made === 'unreadable') {
      this.#drop(place, body.size, at, gaps);
      const nothing = resized(body, 0, { bytes: total, cause: 'unreadable' });
      return { body: nothing, bytes: new Uint8Array() };
    }
    const lost = body.lost && { ...body.lost, bytes: Math.max(total - made.length, 1) };
    const become = resized(body, made.length, lost);
    const timed = type.type === eventStream && codings.length === 0;
    return { body: timed ? withEventTimes(body, become, bytes, made) : become, bytes: made };
  }

  /** How the messages of a call are to be read that stand behind `head`. */
  #reading(head: RequestHead | ResponseHead, leaveOut: LeaveOut): CallReading | undefined {
    const call = this.#call;
    if (call === undefined || this.#texts.substitutes.full) return undefined;
    const type = 'status' in head ? responseType(call, head.fields) : call;
    if (type === undefined) return undefined;
    const schema = this.#schemas.messageOf(call.path, 'status' in head ? 'service' : 'client');
    const encoding = encodingOf(type, head.fields);
    return { type, encoding, schema, schemas: this.#schemas, allowance: this.#allowance, leaveOut };
  }

  #messages(
    place: string,
    body: Body,
    bytes: Uint8Array,
    reading: CallReading,
    at: number,
    gaps: Gap[],
  ): { readonly body: Body; readonly bytes: Uint8Array } {
    const made = this.#at(place, () => scrubCall(body, bytes, reading, this.#texts));
    this.#drop(place, made.unread, at, gaps);
    return made;
  }

  #frames(
    place: string,
    body: Body,
    frames: readonly WebSocketFrame[],
    bytes: Uint8Array,
    at: number,
    gaps: Gap[],
  ): { readonly body: Body; readonly bytes: Uint8Array } {
    const made = this.#at(place, () =>
      scrubFrames(body, frames, bytes, (part) => this.#content({ ...part, allowance: this.#allowance })),
    );
    this.#drop(place, made.dropped, at, gaps);
    return made;
  }
}

interface Made<Message> {
  readonly message: Message;
  readonly bytes: Uint8Array;
}

/** The one place that vouches for an exchange: everything in it went through this engine. */
function branded(exchange: ExchangeWithBodies): ScrubbedExchange {
  return exchange as ScrubbedExchange;
}
