import type { ResponseHead } from '../../../tape/exchange.ts';
import { serializeTrailers } from '../../../wire/http1/head.ts';

/** The head as it stands on the wire, with the final empty line: what `parseResponseHead` must have kept. */
export function serializeResponseHead(head: ResponseHead): Buffer {
  const reason = head.bare ? '' : ` ${head.reason}`;
  const start = Buffer.from(`${head.version} ${head.status}${reason}\r\n`, 'latin1');
  return Buffer.concat([start, serializeTrailers(head.fields), Buffer.from('\r\n')]);
}
