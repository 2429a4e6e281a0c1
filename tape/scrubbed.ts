import type { ExchangeWithBodies } from './exchange.ts';

declare const scrubbed: unique symbol;

/**
 * An exchange that went through the sanitizers. The tape's writer takes nothing else, so that raw payload cannot reach
 * a vault by mistake; the only maker is the sanitizers' engine.
 */
export type ScrubbedExchange = ExchangeWithBodies & { readonly [scrubbed]: true };
