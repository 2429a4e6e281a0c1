import type { CommitRequest } from '../ledger/commit-request.ts';
import { ledgerKeys, type StreamOwner } from '../ledger/names.ts';
import type { BatchEntry } from '../ledger/port.ts';
import { BatchOpener, type OpeningKey } from '../sealing/index.ts';
import type { TriggerMark } from '../tape/exchange.ts';
import type { Gap } from '../tape/gap.ts';
import type { Manifest } from '../tape/manifest.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import type { AskedWindow } from './asked-window.ts';
import { ClockSkew } from './clock-skew.ts';
import type { DecodedExchange, Decoder, DecoderSettings } from './decode/port.ts';
import { KeptSpan } from './kept-span.ts';
import { lostTriggers } from './lost-triggers.ts';
import { Marks } from './marks.ts';
import { PartialExchanges } from './partial-exchanges.ts';
import { isInScope, type Scope, scopeOf } from './scope.ts';
import { SeenInstances } from './seen-instances.ts';
import { SeenSchemas } from './seen-schemas.ts';
import { SeenServices } from './seen-services.ts';
import { StreamOpener } from './stream-opener.ts';

/** Makes the decoder of one reading. */
export type CreateDecoder = (settings: DecoderSettings) => Decoder;

/** What is known of a window before its first batch is read. */
export interface WindowPlan {
  readonly tunnel: TunnelConfig;
  readonly asked: AskedWindow;
  /** The requests that the tape joins, oldest first. */
  readonly requests: readonly CommitRequest[];
  /** Joined requests that could not be read. */
  readonly unreadable: number;
  readonly key: OpeningKey;
  readonly createDecoder: CreateDecoder;
}

/** What the first reading of a window finds out; further ones hold to it. */
export interface WindowBounds {
  /** Wall clock of tape time 0, milliseconds. */
  readonly startWallMs: number;
  /** The end of the asked window on the interceptors' wall clock, milliseconds. */
  readonly endWallMs: number;
  readonly primary: string;
  readonly skewMs: number;
  readonly instances: Manifest['instances'];
  /** Protobuf schemas, each a serialized `google.protobuf.FileDescriptorSet`, by service. */
  readonly schemas: ReadonlyMap<string, Uint8Array>;
}

/** What a whole reading of a window tells beside its exchanges. */
export interface WindowFindings {
  readonly scope: Scope;
  /** From the first segment to the last, on the interceptors' wall clock; no trigger lies outside. */
  readonly kept: Manifest['window']['kept'];
  /** The marks of requests whose exchange was not found. */
  readonly unattached: readonly TriggerMark[];
  readonly gaps: readonly Gap[];
}

/**
 * Room before the first batch, milliseconds: what it holds may have come a little before it was begun, and the clocks of
 * other interceptors may be behind.
 */
const leadMs = { one: 1, several: 1_000 } as const;

/**
 * One reading of a window: opens and decodes its batches and hands out the exchanges that belong on the tape, marked.
 * It keeps none of them, so that memory does not grow with the window.
 */
export class WindowPass {
  readonly scope: Scope;
  readonly #plan: WindowPlan;
  readonly #bounds: WindowBounds | undefined;
  readonly #opener: BatchOpener;
  readonly #streams = new Map<string, StreamOpener>();
  readonly #seen = new SeenInstances();
  readonly #schemas = new SeenSchemas();
  readonly #services = new SeenServices();
  readonly #skew = new ClockSkew();
  readonly #marks: Marks;
  readonly #kept = new KeptSpan();
  #startWallMs: number;
  #decoder: Decoder | undefined;
  readonly #partial = new PartialExchanges();
  #unended = 0;
  #otherSessions = 0;

  /** Without `bounds` it is the first reading. */
  constructor(plan: WindowPlan, bounds?: WindowBounds) {
    this.#plan = plan;
    this.#bounds = bounds;
    this.#opener = new BatchOpener(plan.key);
    this.scope = scopeOf(plan.requests);
    this.#startWallMs = bounds?.startWallMs ?? plan.asked.from;
    this.#marks = new Marks(plan.requests, (wallMs) =>
      Math.max(0, Math.round((wallMs - this.#startWallMs) * 1e6)),
    );
  }

  /**
   * Says that a stream belongs to the window. The one with the earliest batch comes first. `silent`: its interceptor was
   * not heard of any more.
   */
  expect(owner: StreamOwner, silent: boolean): void {
    const name = ledgerKeys.segments(owner);
    this.#streams.set(name, new StreamOpener(this.#opener, name, this.#plan.asked.from, silent));
  }

  /** Takes the next batch of a stream and answers the exchanges that ended with it. */
  take(owner: StreamOwner, entry: BatchEntry): readonly DecodedExchange[] {
    const opened = this.#streams.get(ledgerKeys.segments(owner))?.open(entry);
    if (opened === undefined) return [];
    const { header, records } = opened.batch;
    const { clock } = header;
    const lastMs = ((records.at(-1)?.time ?? clock.process) - clock.process) / 1e6;
    this.#skew.add(opened.takenAt, clock.wallMs + lastMs);
    this.#seen.add(owner, header, opened.takenAt, clock.wallMs + lastMs);
    this.#kept.add(opened.batch);
    if (this.#bounds === undefined) this.#schemas.add(opened.batch);
    const decoder = this.#decoderFrom(clock.wallMs);
    if (opened.hole !== undefined) decoder.hole(header.instance, opened.hole);
    for (const instance of opened.died) decoder.hole(instance, 'interceptor_died');
    decoder.push(opened.batch);
    return this.#belonging(decoder.take());
  }

  /** How many exchanges of the window have not ended. */
  get inFlight(): number {
    return this.#decoder?.inFlight(this.#endWallMs) ?? 0;
  }

  /** Ends the reading: the exchanges that have not ended. */
  finish(): readonly DecodedExchange[] {
    for (const stream of this.#streams.values()) stream.end();
    return this.#belonging(this.#decoder?.end() ?? []);
  }

  get bounds(): WindowBounds {
    const instances = this.#seen.entries(this.#plan.requests[0]?.instance);
    return (
      this.#bounds ?? {
        startWallMs: this.#startWallMs,
        endWallMs: this.#endWallMs,
        primary: this.#primary(instances),
        skewMs: Math.abs(this.#skew.aheadMs),
        instances,
        schemas: this.#schemas.sets,
      }
    );
  }

  /** To be asked after `finish`. */
  get findings(): WindowFindings {
    const fired = this.#plan.requests.map(({ at }) => at.wallMs);
    return {
      scope: this.scope,
      kept: this.#kept.upTo(this.#endWallMs, fired),
      unattached: this.#marks.left,
      gaps: this.#gaps(),
    };
  }

  get #endWallMs(): number {
    return this.#bounds?.endWallMs ?? this.#plan.asked.to - this.#skew.aheadMs;
  }

  /** The service of the exchange that the first request is about; where it names none, the one that was seen most of. */
  #primary([first]: Manifest['instances']): string {
    const [request] = this.#plan.requests;
    return request?.service ?? this.#services.mostOf(first?.instance) ?? first?.service ?? '';
  }

  #decoderFrom(wallMs: number): Decoder {
    if (this.#decoder !== undefined) return this.#decoder;
    if (this.#bounds === undefined) {
      this.#startWallMs = wallMs - (this.#streams.size > 1 ? leadMs.several : leadMs.one);
    }
    const { bodyLimit, sessionKey } = this.#plan.tunnel.capture;
    this.#decoder = this.#plan.createDecoder({
      startWallMs: this.#startWallMs,
      bodyLimit,
      ...(sessionKey === undefined ? {} : { sessionKey }),
    });
    return this.#decoder;
  }

  #belonging(decoded: readonly DecodedExchange[]): readonly DecodedExchange[] {
    const latest = (this.#endWallMs - this.#startWallMs) * 1e6;
    const kept: DecodedExchange[] = [];
    for (const one of decoded) {
      if (one.exchange.times.requestStart > latest) continue;
      if (!isInScope(this.scope, one.exchange)) {
        this.#otherSessions++;
        continue;
      }
      if (isUnended(one.exchange)) this.#unended++;
      this.#partial.add(one.exchange);
      this.#services.add(one.origin.instance, one.exchange.service);
      kept.push(this.#marks.attach({ ...one, exchange: { ...one.exchange, instance: this.#indexOf(one) } }));
    }
    return kept;
  }

  #indexOf({ origin }: DecodedExchange): number {
    const index = this.#bounds?.instances.findIndex(({ instance }) => instance === origin.instance) ?? 0;
    return Math.max(0, index);
  }

  #gaps(): readonly Gap[] {
    const gaps: Gap[] = [...(this.#decoder?.gaps ?? [])];
    const told = gaps.some(({ cause }) => cause === 'ledger_overload' || cause === 'ledger_unreachable');
    for (const { losses } of this.#streams.values()) {
      const { evicted, overtaken, unsealable, missing, died } = losses;
      if (evicted) gaps.push({ cause: 'evicted', count: 1 + overtaken, unit: 'batches', what: 'at least' });
      else if (overtaken > 0) gaps.push({ cause: 'evicted', count: overtaken, unit: 'batches' });
      if (died > 0) gaps.push({ cause: 'interceptor_died', count: died, unit: 'interceptors' });
      if (unsealable > 0) gaps.push({ cause: 'unsealable', count: unsealable, unit: 'batches' });
      if (missing > 0 && !told) gaps.push({ cause: 'ledger_overload', count: missing, unit: 'batches' });
    }
    const { unreadable } = this.#plan;
    if (unreadable > 0) gaps.push({ cause: 'unsealable', count: unreadable, unit: 'requests' });
    if (this.#unended > 0) gaps.push({ cause: 'in_flight_limit', count: this.#unended, unit: 'exchanges' });
    if (this.#otherSessions > 0) {
      gaps.push({ cause: 'session_scope', count: this.#otherSessions, unit: 'exchanges' });
    }
    const lost = lostTriggers(this.#marks.lost, gaps);
    if (lost !== undefined) gaps.push(lost);
    return [...gaps, ...this.#partial.gaps];
  }
}

/** A conversation over WebSocket is not waited for: that it goes on behind the window is no loss. */
function isUnended({ failure, request }: DecodedExchange['exchange']): boolean {
  return failure === 'in_flight' && request.body.framing.kind !== 'websocket';
}
