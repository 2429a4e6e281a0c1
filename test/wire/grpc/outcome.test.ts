import { describe, expect, it } from 'vitest';
import type { HeaderField } from '../../../tape/exchange.ts';
import { callOf, encodingOf, messageTypeOf } from '../../../wire/grpc/call.ts';
import { closeMessage } from '../../../wire/grpc/compression.ts';
import { writeFrame } from '../../../wire/grpc/messages.ts';
import { type CallResponse, outcomeOf } from '../../../wire/grpc/outcome.ts';

const request = (
  type: string,
  target = '/shop.v1.Carts/Add',
  fields: readonly HeaderField[] = [],
  method = 'POST',
) => callOf({ method, target, fields: type === '' ? fields : [['Content-Type', type], ...fields] });

function response(
  status: number,
  fields: readonly HeaderField[],
  body: Uint8Array = new Uint8Array(),
  trailers?: readonly HeaderField[],
): CallResponse {
  return { head: { status, fields }, body, ...(trailers === undefined ? {} : { trailers }) };
}

const call = (type: string) => request(type, undefined, [['connect-protocol-version', '1']])!;

describe('a call', () => {
  it.each([
    ['application/grpc', 'grpc', 'proto'],
    ['application/grpc+json', 'grpc', 'json'],
    ['Application/gRPC+proto; charset=utf-8', 'grpc', 'proto'],
    ['application/grpc-web', 'grpc-web', 'proto'],
    ['application/grpc-web-text+proto', 'grpc-web-text', 'proto'],
    ['application/connect+json', 'connect-stream', 'json'],
    ['application/proto', 'connect', 'proto'],
  ])('is told by %s', (type, dialect, codec) => {
    expect(request(type)).toEqual({
      dialect,
      codec,
      path: '/shop.v1.Carts/Add',
      service: 'shop.v1.Carts',
      method: 'Add',
    });
  });

  it('with JSON is a Connect call where the protocol version says so, and else an ordinary request', () => {
    expect(request('application/json', '/shop.v1.Carts/Add')).toBeUndefined();
    expect(request('application/json', '/a.B/C', [['Connect-Protocol-Version', '1']])?.dialect).toBe(
      'connect',
    );
  });

  it('may be a GET with its message in the query', () => {
    const target = '/a.B/C?connect=v1&encoding=json&message=%7B%7D';
    expect(request('', target, [], 'GET')).toMatchObject({
      dialect: 'connect',
      codec: 'json',
      path: '/a.B/C',
    });
    expect(request('', '/a.B/C?message=1&encoding=json', [], 'GET')).toBeUndefined();
  });

  it('is named by the last two parts of its path', () => {
    expect(request('application/grpc', '/api/v2/shop.v1.Carts/Add')?.path).toBe('/shop.v1.Carts/Add');
    expect(request('application/grpc', '/Add')).toBeUndefined();
  });

  it('is none with other types', () => {
    for (const type of ['application/grpcx', 'text/html', 'application/grpc-web-texts', ''])
      expect(messageTypeOf(type)).toBeUndefined();
  });

  it('names its compression where its dialect has it', () => {
    const fields: readonly HeaderField[] = [
      ['grpc-encoding', 'gzip'],
      ['connect-content-encoding', 'br'],
      ['content-encoding', 'identity'],
    ];
    expect(encodingOf(call('application/grpc'), fields)).toBe('gzip');
    expect(encodingOf(call('application/connect+proto'), fields)).toBe('br');
    expect(encodingOf(call('application/proto'), fields)).toBe('');
  });
});

describe('the outcome of a gRPC call', () => {
  it('comes from the trailers, with its message decoded and its details', () => {
    const trailers: readonly HeaderField[] = [
      ['grpc-status', '13'],
      ['grpc-message', 'no stock %E2%98%83 100%'],
      ['grpc-status-details-bin', 'CA0SAm5v'],
    ];
    expect(outcomeOf(call('application/grpc'), response(200, [], undefined, trailers))).toEqual({
      code: 13,
      name: 'INTERNAL',
      message: 'no stock \u2603 100%',
      status: Buffer.from('CA0SAm5v', 'base64'),
    });
  });

  it('comes from the head where there is nothing else', () => {
    expect(outcomeOf(call('application/grpc'), response(200, [['grpc-status', '5']]))).toEqual({
      code: 5,
      name: 'NOT_FOUND',
      message: '',
    });
  });

  it('is UNKNOWN for a code that gRPC does not know', () => {
    expect(outcomeOf(call('application/grpc'), response(200, [['grpc-status', '99']]))?.name).toBe('UNKNOWN');
  });

  it('is that of the HTTP status where a proxy answered, and none where the answer is not whole', () => {
    expect(outcomeOf(call('application/grpc'), response(503, []))?.name).toBe('UNAVAILABLE');
    expect(outcomeOf(call('application/grpc'), response(500, []))?.name).toBe('UNKNOWN');
    expect(outcomeOf(call('application/grpc'), response(200, []))).toBeUndefined();
    expect(outcomeOf(call('application/grpc'), response(200, [['grpc-status', 'x']]))).toBeUndefined();
  });
});

describe('the outcome of a gRPC-Web call', () => {
  const message = writeFrame(0, Buffer.from('m'));

  it('comes from the last frame, compressed or not', () => {
    const trailers = Buffer.from('grpc-status:13\r\ngrpc-message:broken\r\n');
    const expected = { code: 13, name: 'INTERNAL', message: 'broken' };
    const plain = Buffer.concat([message, writeFrame(0x80, trailers)]);
    expect(outcomeOf(call('application/grpc-web'), response(200, [], plain))).toEqual(expected);
    const coded = Buffer.concat([message, writeFrame(0x81, closeMessage(trailers, 'gzip')!)]);
    expect(
      outcomeOf(call('application/grpc-web'), response(200, [['grpc-encoding', 'gzip']], coded)),
    ).toEqual(expected);
    const text = Buffer.from(plain.toString('base64'));
    expect(outcomeOf(call('application/grpc-web-text'), response(200, [], text))).toEqual(expected);
  });

  it('comes from the head where there is no body', () => {
    expect(outcomeOf(call('application/grpc-web'), response(200, [['Grpc-Status', '7']]))?.name).toBe(
      'PERMISSION_DENIED',
    );
  });
});

describe('the outcome of a Connect call', () => {
  const error = { code: 'not_found', message: 'no cart', details: [{ type: 'a.B', value: 'CAE' }] };

  it('comes from the body of an error', () => {
    expect(
      outcomeOf(call('application/proto'), response(404, [], Buffer.from(JSON.stringify(error)))),
    ).toEqual({
      code: 5,
      name: 'NOT_FOUND',
      message: 'no cart',
      details: [{ type: 'a.B', value: Buffer.from([8, 1]) }],
    });
    expect(outcomeOf(call('application/proto'), response(503, [], Buffer.from('<html>')))?.name).toBe(
      'UNAVAILABLE',
    );
    expect(outcomeOf(call('application/proto'), response(200, []))?.name).toBe('OK');
  });

  it('comes from the end of a stream', () => {
    const stream = call('application/connect+proto');
    const ended = (text: string) => response(200, [], writeFrame(2, Buffer.from(text)));
    expect(outcomeOf(stream, ended('{}'))?.name).toBe('OK');
    expect(outcomeOf(stream, ended('{"error":{"code":"canceled"}}'))?.name).toBe('CANCELLED');
    expect(outcomeOf(stream, ended('{"error":{"code":"odd"}}'))?.name).toBe('UNKNOWN');
    expect(outcomeOf(stream, response(200, [], writeFrame(0, Buffer.from('m'))))).toBeUndefined();
  });
});
