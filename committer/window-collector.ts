import type { CommitRequest } from '../ledger/commit-request.ts';
import { ledgerKeys, type StreamOwner } from '../ledger/names.ts';
import type { BatchEntry } from '../ledger/port.ts';
import { BatchOpener, type OpeningKey } from '../sealing/index.ts';
import type { Gap } from '../tape/gap.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import type { AskedWindow } from './asked-window.ts';
import { ClockSkew } from './clock-skew.ts';
import type { BatchTaker } from './collect-window.ts';
import type { CollectedWindow } from './collected-window.ts';
import type { DecodedExchange, Decoder, DecoderSettings } from './decode/port.ts';
import { Marks } from './marks.ts';
import { isInScope, type Scope, scopeOf } from './scope.ts';
import { StreamOpener } from './stream-opener.ts';

/**
 * Room before the first batch, milliseconds: what it holds may have come a little before it was begun, and the clocks of
 * other interceptors may be behind.
 */
const leadMs = { one: 1, several: 1_000 } as const;

/** Makes the decoder of one window. */
export type CreateDecoder = (settings: DecoderSettings) => Decoder;

/** Opens and decodes the batches of one window, and keeps the exchanges that belong on the tape, in memory. */
export class WindowCollector implements BatchTaker {
  readonly #createDecoder: CreateDecoder;
  readonly #config: TunnelConfig;
  readonly #window: AskedWindow;
  readonly #requests: readonly CommitRequest[];
  readonly #scope: Scope;
  readonly #opener: BatchOpener;
  readonly #streams = new Map<string, StreamOpener>();
  readonly #services = new Map<string, string>();
  readonly #skew = new ClockSkew();
  readonly #exchanges: DecodedExchange[] = [];
  #decoder: Decoder | undefined;
  #startWallMs: number;
  #firstAt: number | undefined;
  #lastAt = 0;
  #otherSessions = 0;

  constructor(
    config: TunnelConfig,
    window: AskedWindow,
    requests: readonly CommitRequest[],
    key: OpeningKey,
    createDecoder: CreateDecoder,
  ) {
    this.#createDecoder = createDecoder;
    this.#config = config;
    this.#window = window;
    this.#startWallMs = window.from;
    this.#requests = requests;
    this.#scope = scopeOf(requests);
    this.#opener = new BatchOpener(key);
  }

  expect(owner: StreamOwner): void {
    const name = ledgerKeys.segments(owner);
    this.#streams.set(name, new StreamOpener(this.#opener, name, this.#window.from));
  }

  take(owner: StreamOwner, entry: BatchEntry): void {
    const opened = this.#streams.get(ledgerKeys.segments(owner))?.open(entry);
    if (opened === undefined) return;
    const { header } = opened.batch;
    this.#skew.add(opened.takenAt, header.clock.wallMs);
    this.#services.set(header.instance, header.service);
    this.#firstAt ??= opened.takenAt;
    this.#lastAt = Math.max(this.#lastAt, opened.takenAt);
    const decoder = this.#decoderFrom(header.clock.wallMs);
    if (opened.hole !== undefined) decoder.hole(header.instance, opened.hole);
    decoder.push(opened.batch);
    this.#keep(decoder.take());
  }

  /** How many exchanges of the window have not ended. */
  get inFlight(): number {
    return this.#decoder?.inFlight(this.#endWallMs) ?? 0;
  }

  /** Ends the window. Nothing may be taken after it. */
  finish(): CollectedWindow {
    this.#keep(this.#decoder?.end() ?? []);
    const unended = this.#exchanges.filter(({ exchange }) => exchange.failure === 'in_flight').length;
    const marks = new Marks(this.#requests, (wallMs) =>
      Math.max(0, Math.round((wallMs - this.#startWallMs) * 1e6)),
    );
    const exchanges = this.#exchanges
      .map((decoded) => marks.attach(decoded))
      .sort((a, b) => a.exchange.times.requestStart - b.exchange.times.requestStart);
    const { from, to } = this.#window;
    return {
      exchanges,
      unattached: marks.left,
      scope: this.#scope,
      primary: this.#primary,
      startWallMs: this.#startWallMs,
      skewMs: Math.abs(this.#skew.aheadMs),
      window: {
        asked: { from, to },
        kept: { from: this.#firstAt ?? to, to: Math.min(to, Math.max(this.#lastAt, this.#firstAt ?? to)) },
      },
      gaps: this.#gaps(unended),
    };
  }

  get #endWallMs(): number {
    return this.#window.to - this.#skew.aheadMs;
  }

  /** The service of the interceptor that asked first, or that wrote first. */
  get #primary(): string {
    const [first] = this.#requests;
    const asked = first === undefined ? undefined : this.#services.get(first.instance);
    return asked ?? this.#services.values().next().value ?? '';
  }

  #decoderFrom(wallMs: number): Decoder {
    if (this.#decoder !== undefined) return this.#decoder;
    this.#startWallMs = wallMs - (this.#streams.size > 1 ? leadMs.several : leadMs.one);
    const { bodyLimit, sessionKey } = this.#config.capture;
    this.#decoder = this.#createDecoder({
      startWallMs: this.#startWallMs,
      bodyLimit,
      ...(sessionKey === undefined ? {} : { sessionKey }),
    });
    return this.#decoder;
  }

  #keep(decoded: readonly DecodedExchange[]): void {
    for (const one of decoded) {
      if (!this.#belongs(one)) continue;
      if (isInScope(this.#scope, one.exchange)) this.#exchanges.push(one);
      else this.#otherSessions++;
    }
  }

  /** Whether an exchange began before the window's end. */
  #belongs({ exchange }: DecodedExchange): boolean {
    return exchange.times.requestStart <= (this.#endWallMs - this.#startWallMs) * 1e6;
  }

  #gaps(unended: number): Gap[] {
    const gaps: Gap[] = [...(this.#decoder?.gaps ?? [])];
    const told = gaps.some(({ cause }) => cause === 'ledger_overload' || cause === 'ledger_unreachable');
    for (const { losses } of this.#streams.values()) {
      if (losses.evicted) gaps.push({ cause: 'evicted', count: 1, unit: 'batches', what: 'at least' });
      if (losses.unsealable > 0) {
        gaps.push({ cause: 'unsealable', count: losses.unsealable, unit: 'batches' });
      }
      if (losses.missing > 0 && !told) {
        gaps.push({ cause: 'ledger_overload', count: losses.missing, unit: 'batches' });
      }
    }
    if (unended > 0) gaps.push({ cause: 'in_flight_limit', count: unended, unit: 'exchanges' });
    if (this.#otherSessions > 0) {
      gaps.push({ cause: 'session_scope', count: this.#otherSessions, unit: 'exchanges' });
    }
    return gaps;
  }
}
