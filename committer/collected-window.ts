import type { TriggerMark } from '../tape/exchange.ts';
import type { Gap } from '../tape/gap.ts';
import type { Manifest } from '../tape/manifest.ts';
import type { DecodedExchange } from './decode/port.ts';
import type { Scope } from './scope.ts';

/** A window as it was recorded: decoded and raw, in memory and never anywhere else. */
export interface CollectedWindow {
  /** By request start. */
  readonly exchanges: readonly DecodedExchange[];
  /** The marks of requests whose exchange is not among them. */
  readonly unattached: readonly TriggerMark[];
  readonly scope: Scope;
  readonly primary: string;
  /** Wall clock of tape time 0, milliseconds. */
  readonly startWallMs: number;
  readonly skewMs: number;
  readonly window: Manifest['window'];
  readonly gaps: readonly Gap[];
}
