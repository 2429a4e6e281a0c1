import type { Exchange } from '../../tape/exchange.ts';
import { parseConnectTimeout, parseTimeout } from '../../wire/grpc/metadata.ts';
import { errorCodeName } from '../../wire/http2/error-codes.ts';
import { outcomeOf } from './timeline-rows.ts';

const nsPerMs = 1e6;
/** The client's clock begins before its request is seen, and deadlines are written in whole units: milliseconds. */
const slackMs = 5;
const deadlines = new Map([
  ['grpc-timeout', parseTimeout],
  ['connect-timeout-ms', parseConnectTimeout],
]);

/** Why an exchange has no whole response: `reset by the client (CANCEL) at its deadline (grpc-timeout 200m)`. */
export function breakText(exchange: Exchange): string {
  return `${causeOf(exchange)}${deadlineText(exchange)}`;
}

function causeOf({ failure, rst }: Exchange): string {
  if (failure !== 'service_rst' && failure !== 'client_rst')
    return outcomeOf(failure === undefined ? {} : { failure });
  const who = failure === 'service_rst' ? 'service' : 'client';
  return `reset by the ${who}${rst === undefined ? '' : ` (${errorCodeName(rst) ?? `code ${rst}`})`}`;
}

/** The deadline of a call that had come when it failed. */
function deadlineText({ request, times, failedAt }: Exchange): string {
  if (failedAt === undefined) return '';
  for (const [name, value] of request.head.fields) {
    const lower = name.toLowerCase();
    const deadlineMs = deadlines.get(lower)?.(value);
    if (deadlineMs === undefined) continue;
    const beyondMs = (failedAt - times.requestStart) / nsPerMs - deadlineMs;
    if (beyondMs < -slackMs) return '';
    return ` ${beyondMs > slackMs ? 'behind' : 'at'} its deadline (${lower} ${value})`;
  }
  return '';
}
