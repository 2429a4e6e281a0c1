import protobuf from 'protobufjs';

const { root } = protobuf.parse(`
syntax = "proto3";
message Payload { int32 type = 1; bytes body = 2; }
message ResponseParameters { int32 size = 1; }
message StreamingOutputCallRequest { repeated ResponseParameters response_parameters = 2; Payload payload = 3; }
message SimpleRequest { int32 response_size = 2; Payload payload = 3; }
`);

/** Bytes of a message of the bench, as protobuf. */
const messageBytes = 100;
const prefixBytes = 5;

export const service = '/grpc.testing.TestService';

/** A framed message of 100 bytes that asks for another in return, as one of a bidirectional stream. */
export const streamed: Buffer = framed('StreamingOutputCallRequest', (body) => ({
  responseParameters: [{ size: messageBytes - 4 }],
  payload: { body: Buffer.alloc(body) },
}));

/** The same as the request of a unary call. */
export const single: Buffer = framed('SimpleRequest', (body) => ({
  responseSize: messageBytes - 4,
  payload: { body: Buffer.alloc(body) },
}));

/** Bytes of the framed answer to either. */
export const answerBytes: number = prefixBytes + messageBytes;

function framed(type: string, withBody: (bytes: number) => object): Buffer {
  const encoder = root.lookupType(type);
  const lengthOf = (body: number): number => encoder.encode(encoder.create(withBody(body))).finish().length;
  let body = messageBytes;
  while (lengthOf(body) > messageBytes) body--;
  const message = encoder.encode(encoder.create(withBody(body))).finish();
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
