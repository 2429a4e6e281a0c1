import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { PayloadResult } from '../engine/port.ts';

/** Where `continue` stops. */
export interface Condition {
  /** As it is listed. */
  readonly text: string;
  /** Whether to stop before this payload is sent. */
  before(payload: ExchangeWithBodies): boolean;
  /** Whether to stop after this answer. */
  after(result: PayloadResult): boolean;
}
