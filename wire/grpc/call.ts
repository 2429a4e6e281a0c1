import type { Exchange, HeaderField } from '../../tape/exchange.ts';
import { fieldValue } from '../http1/head.ts';

/**
 * How messages stand in a body. `grpc`: length-prefixed (gRPC over HTTP/2). `grpc-web`: likewise, the trailers in a
 * last frame of the response; `grpc-web-text`: all of that in base64. `connect-stream`: likewise with JSON as the last
 * frame; `connect`: one message, which is the body.
 */
export type Dialect = 'grpc' | 'grpc-web' | 'grpc-web-text' | 'connect' | 'connect-stream';

export interface MessageType {
  readonly dialect: Dialect;
  /** How a message is written: `proto`, `json`, or what else the type says. */
  readonly codec: string;
}

/** What a head says of the call that it begins. */
export interface Call extends MessageType {
  /** `/pkg.Service/Method` */
  readonly path: string;
  /** `pkg.Service` */
  readonly service: string;
  readonly method: string;
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly HeaderField[];
}

/**
 * The call that a request begins; undefined where it is none. Told by its content type, and a unary Connect request by
 * its protocol version beside that: its type may be plain JSON.
 */
export function callOf(head: RequestLine): Call | undefined {
  const type = requestType(head);
  if (type === undefined) return undefined;
  const query = head.target.indexOf('?');
  const whole = query === -1 ? head.target : head.target.slice(0, query);
  // A gateway may have put a prefix before the two parts that name the method.
  const [, service, method] = /([^/]+)\/([^/]+)$/.exec(whole) ?? [];
  if (service === undefined || method === undefined) return undefined;
  return { ...type, path: `/${service}/${method}`, service, method };
}

/**
 * The call that an exchange is. Of a stream that began before the tape there is a path and no content type: that of the
 * response tells then, and where there is none either it is one of gRPC, since no other stream begins in its middle.
 */
export function callOfExchange({
  request,
  response,
}: Pick<Exchange, 'request' | 'response'>): Call | undefined {
  const { head } = request;
  if (!head.partial) return callOf(head);
  const type = response && fieldValue(response.head.fields, 'content-type');
  return callOf({ ...head, fields: [['content-type', type ?? 'application/grpc']] });
}

/** How the messages of a call's response are written; undefined where it is an answer of another kind. */
export function responseType(call: Call, fields: readonly HeaderField[]): MessageType | undefined {
  const told = fieldValue(fields, 'content-type');
  if (told === undefined) return call;
  const type = messageTypeOf(told);
  return type?.dialect === call.dialect ? type : undefined;
}

function requestType({ method, target, fields }: RequestLine): MessageType | undefined {
  const type = messageTypeOf(fieldValue(fields, 'content-type'));
  if (type !== undefined && (type.dialect !== 'connect' || type.codec === 'proto')) return type;
  if (type !== undefined)
    return fieldValue(fields, 'connect-protocol-version') === undefined ? undefined : type;
  // A call without side effects may be a GET, its message in the query (Connect, "Unary-Get-Request").
  const codec = method === 'GET' ? /[?&]encoding=([\w+.-]+)/.exec(target)?.[1] : undefined;
  const isConnect = codec !== undefined && /[?&]message=/.test(target) && /[?&]connect=v1(&|$)/.test(target);
  return isConnect ? { dialect: 'connect', codec } : undefined;
}

const types =
  /^application\/(?:(grpc)(?:\+([\w.-]+))?|(grpc-web)(?:\+([\w.-]+))?|(grpc-web-text)(?:\+([\w.-]+))?|(?:connect\+([\w.-]+))|(proto|json))$/;

/** How a content type says that messages are written; `application/json` may as well be no call at all. */
export function messageTypeOf(contentType: string | undefined): MessageType | undefined {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const found = types.exec(type);
  if (found === null) return undefined;
  const [, grpc, grpcCodec, web, webCodec, text, textCodec, stream, unary] = found;
  if (grpc !== undefined) return { dialect: 'grpc', codec: grpcCodec ?? 'proto' };
  if (web !== undefined) return { dialect: 'grpc-web', codec: webCodec ?? 'proto' };
  if (text !== undefined) return { dialect: 'grpc-web-text', codec: textCodec ?? 'proto' };
  if (stream !== undefined) return { dialect: 'connect-stream', codec: stream };
  return unary === undefined ? undefined : { dialect: 'connect', codec: unary };
}

/** The compression that a head names for the messages behind it: `gzip`; empty where it names none. */
export function encodingOf(
  { dialect }: Pick<MessageType, 'dialect'>,
  fields: readonly HeaderField[],
): string {
  const name =
    dialect === 'connect'
      ? 'content-encoding'
      : dialect === 'connect-stream'
        ? 'connect-content-encoding'
        : 'grpc-encoding';
  const encoding = fieldValue(fields, name)?.trim().toLowerCase() ?? '';
  return encoding === 'identity' ? '' : encoding;
}
