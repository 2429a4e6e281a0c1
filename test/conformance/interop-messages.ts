import protobuf from 'protobufjs';
import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import { readFrames } from '../../wire/grpc/messages.ts';
import type { InteropCase } from './interop.ts';

/** What of gRPC's interoperability messages the cases use. */
const { root } = protobuf.parse(`
syntax = "proto3";
package grpc.testing;
message Empty {}
message Payload { int32 type = 1; bytes body = 2; }
message EchoStatus { int32 code = 1; string message = 2; }
message SimpleRequest {
  int32 response_type = 1; int32 response_size = 2; Payload payload = 3; EchoStatus response_status = 7;
}
message SimpleResponse { Payload payload = 1; }
message StreamingInputCallRequest { Payload payload = 1; }
message StreamingInputCallResponse { int32 aggregated_payload_size = 1; }
message ResponseParameters { int32 size = 1; int32 interval_us = 2; }
message StreamingOutputCallRequest {
  int32 response_type = 1; repeated ResponseParameters response_parameters = 2; Payload payload = 3;
  EchoStatus response_status = 7;
}
message StreamingOutputCallResponse { Payload payload = 1; }
`);

const types: Readonly<Record<string, readonly [request: string, response: string]>> = {
  EmptyCall: ['Empty', 'Empty'],
  UnaryCall: ['SimpleRequest', 'SimpleResponse'],
  StreamingInputCall: ['StreamingInputCallRequest', 'StreamingInputCallResponse'],
  StreamingOutputCall: ['StreamingOutputCallRequest', 'StreamingOutputCallResponse'],
  FullDuplexCall: ['StreamingOutputCallRequest', 'StreamingOutputCallResponse'],
  UnimplementedCall: ['Empty', 'Empty'],
};

/** A call as a test compares it: payloads by their sizes, all other fields by their values. */
export interface Call {
  readonly path: string;
  readonly sent: readonly unknown[];
  readonly received: readonly unknown[];
  /** `grpc-status`; undefined where none came. */
  readonly status: string | undefined;
}

export function callOf({ exchange, requestBody, responseBody }: ExchangeWithBodies): Call {
  const path = exchange.request.head.target;
  const [request, response] = types[path.split('/').at(-1) ?? ''] ?? ['Empty', 'Empty'];
  const fields = [...(exchange.response?.trailers ?? []), ...(exchange.response?.head.fields ?? [])];
  return {
    path,
    sent: messagesOf(request, requestBody),
    received: messagesOf(response, responseBody),
    status: fields.find(([name]) => name === 'grpc-status')?.[1],
  };
}

function messagesOf(type: string, body: Uint8Array): unknown[] {
  const decoder = root.lookupType(`grpc.testing.${type}`);
  const { frames, rest } = readFrames(body, 'grpc', 'identity', []);
  if (rest > 0) throw new Error(`${rest} bytes of a body are no message`);
  return frames.map(({ payload }) => {
    const plain = decoder.toObject(decoder.decode(payload), { bytes: Array });
    return JSON.parse(JSON.stringify(plain, (name, value) => (name === 'body' ? value.length : value)));
  });
}

const service = '/grpc.testing.TestService';
const payloadOf = (bytes: number) => ({ payload: { body: bytes } });
const asked = (size: number, bytes: number) => ({ responseParameters: [{ size }], ...payloadOf(bytes) });

const large: Call = {
  path: `${service}/UnaryCall`,
  sent: [{ responseSize: 314_159, ...payloadOf(271_828) }],
  received: [payloadOf(314_159)],
  status: '0',
};
const pingPong: Call = {
  path: `${service}/FullDuplexCall`,
  sent: [asked(31_415, 27_182), asked(9, 8), asked(2_653, 1_828), asked(58_979, 45_904)],
  received: [payloadOf(31_415), payloadOf(9), payloadOf(2_653), payloadOf(58_979)],
  status: '0',
};

/** What the client of each case sends and gets, by gRPC's description of its interoperability tests. */
export const expectedCalls: Readonly<Record<InteropCase, readonly Partial<Call>[]>> = {
  empty_unary: [{ path: `${service}/EmptyCall`, sent: [{}], received: [{}], status: '0' }],
  large_unary: [large],
  client_streaming: [
    {
      path: `${service}/StreamingInputCall`,
      sent: [payloadOf(27_182), payloadOf(8), payloadOf(1_828), payloadOf(45_904)],
      received: [{ aggregatedPayloadSize: 74_922 }],
      status: '0',
    },
  ],
  server_streaming: [
    {
      path: `${service}/StreamingOutputCall`,
      sent: [{ responseParameters: [{ size: 31_415 }, { size: 9 }, { size: 2_653 }, { size: 58_979 }] }],
      received: pingPong.received,
      status: '0',
    },
  ],
  ping_pong: [pingPong],
  empty_stream: [{ path: `${service}/FullDuplexCall`, sent: [], received: [], status: '0' }],
  // The client gives up after a millisecond: what passes by then is a matter of chance (see `mayBeAbsent`).
  timeout_on_sleeping_server: [{ path: `${service}/FullDuplexCall`, received: [] }],
  cancel_after_begin: [{ path: `${service}/StreamingInputCall`, sent: [], received: [] }],
  cancel_after_first_response: [
    {
      path: `${service}/FullDuplexCall`,
      sent: [asked(31_415, 27_182)],
      received: [payloadOf(31_415)],
      status: undefined,
    },
  ],
  status_code_and_message: [
    { path: `${service}/UnaryCall`, received: [], status: '2' },
    { path: `${service}/FullDuplexCall`, received: [], status: '2' },
  ],
  special_status_message: [{ path: `${service}/UnaryCall`, received: [], status: '2' }],
  custom_metadata: [
    {
      path: `${service}/UnaryCall`,
      sent: [{ responseSize: 1, ...payloadOf(1) }],
      received: [payloadOf(1)],
      status: '0',
    },
    { path: `${service}/FullDuplexCall`, sent: [asked(1, 1)], received: [payloadOf(1)], status: '0' },
  ],
  unimplemented_method: [{ path: `${service}/UnimplementedCall`, sent: [{}], received: [], status: '12' }],
  unimplemented_service: [
    { path: '/grpc.testing.UnimplementedService/UnimplementedCall', sent: [{}], received: [], status: '12' },
  ],
};

/** Cases whose client may give up before it has sent anything. */
export const mayBeAbsent: readonly InteropCase[] = ['timeout_on_sleeping_server'];
