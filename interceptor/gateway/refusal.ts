import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type GatewayFault, proxyStatus } from './faults.ts';

/** An answer of the gateway's own. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly fault: GatewayFault;
}

export const unclearHost: Refusal = {
  status: 400,
  text: 'the request does not name one host',
  fault: { error: 'http_request_error' },
};
export const noHost: Refusal = {
  status: 421,
  text: 'no service behind this gateway has this host',
  fault: { error: 'destination_not_found' },
};
export const noPath: Refusal = {
  status: 404,
  text: 'no service behind this gateway has this path',
  fault: { error: 'destination_not_found' },
};
export const otherProtocol: Refusal = {
  status: 421,
  text: 'the service of this path does not speak the protocol of this request',
  fault: { error: 'http_request_error' },
};
/** To a call of gRPC, whose client shows it to people. */
export const noGrpc: Refusal = {
  ...otherProtocol,
  text: "this service takes no gRPC: add protocols: [h2] to it in the gateway's configuration",
};
export const noTunnels: Refusal = {
  status: 405,
  text: 'this gateway makes no tunnels',
  fault: { error: 'http_request_denied' },
};

export function badGateway(fault: GatewayFault): Refusal {
  return { status: 502, text: 'the service gave no response', fault };
}

/** Answers a request. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(refusal.status, fieldsOf(refusal));
  response.end(bodyOf(refusal));
}

/** Answers a request whose connection was to be switched to another protocol, and ends it. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const fields = { ...fieldsOf(refusal), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const line = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n`;
  socket.end(`${line}${lines.join('')}\r\n${bodyOf(refusal)}`);
}

export function fieldsOf(refusal: Refusal): Record<string, string> {
  return {
    'content-type': 'text/plain',
    'content-length': String(Buffer.byteLength(bodyOf(refusal))),
    'proxy-status': proxyStatus(refusal.fault),
  };
}

/**
 * A refusal that clients of gRPC show: a response of nothing but a head, with UNIMPLEMENTED (gRPC over HTTP/2,
 * Trailers-Only). The text must be printable ASCII without percent signs.
 */
export function grpcFieldsOf({ text, fault }: Refusal): Record<string, string> {
  return {
    ':status': '200',
    'content-type': 'application/grpc',
    'grpc-status': '12',
    'grpc-message': text,
    'proxy-status': proxyStatus(fault),
  };
}

export function bodyOf({ text }: Refusal): string {
  return `${text}\n`;
}
