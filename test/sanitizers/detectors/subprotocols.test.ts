import { expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import type { HeaderField } from '../../../tape/exchange.ts';
import { exchange } from '../world.ts';

const header = 'Sec-WebSocket-Protocol';
const opaque = 'Kn7fQ2xLw0pZtR4vB9z';
const short = 'canaryword';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLW9mLWNhbmFyeS0wMTIzNDU2Nzg5';
const wide = Buffer.from('sha256~canary-of-a-cluster').toString('base64url');

/** What scrubbing leaves of the values of the header's lines, in a request and in its response. */
function scrubbed(request: readonly string[], response: readonly string[] = []): readonly string[] {
  const lines = (values: readonly string[]): HeaderField[] => values.map((value) => [header, value]);
  const scrubber = createScrubber([]);
  const raw = exchange({ request: lines(request), status: 101, response: lines(response) });
  scrubber.learn(raw);
  const made = scrubber.scrub(raw).exchange;
  const fields = [...made.request.head.fields, ...(made.response?.head.fields ?? [])];
  return fields.map(([, value]) => value);
}

test.each([
  [`bearer, ${opaque}`, opaque],
  [`bearer,${short}`, short],
  [`graphql-ws, Bearer , ${short} , v4.channel.k8s.io`, short],
  [`access_token, ${short}`, short],
  [`authorization, ${short}`, short],
  [`token, bearer, ${short}`, short],
  [`my-access-token, ${short}`, short],
  [`jwt, ${jwt}`, jwt],
  [jwt, jwt.split('.')[2] ?? ''],
  [opaque, opaque],
  [`chat, ${opaque}`, opaque],
  ['chat, 550e8400-e29b-41d4-a716-446655440000', '446655440000'],
  ['chat, 9f86d081884c7d659a2feaa0c55ad015', '9f86d081884c7d659a2feaa0c55ad015'],
  [`base64url.bearer.authorization.k8s.io.${wide}, v4.channel.k8s.io`, wide],
  ['base64url.bearer.authorization.k8s.io.short', 'short'],
  [`openai-insecure-api-key.${short}`, short],
  [`realtime, openai-insecure-api-key.sk-${opaque}`, opaque],
  [`bearer-${short}`, short],
  [`authorization.bearer.${short}`, short],
])('a token among subprotocols is substituted on its way there and back: %s', (value, secret) => {
  const made = scrubbed([value], [value]);
  expect(made).toHaveLength(2);
  for (const line of made) expect(line).not.toContain(secret);
  expect(made[1]).toBe(made[0]);
});

test('names around a token stay, and it keeps its shape', () => {
  const [made] = scrubbed([`v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.${wide}, graphql-ws`]);
  expect(made).toMatch(
    /^v4\.channel\.k8s\.io, base64url\.bearer\.authorization\.k8s\.io\.[\w-]+, graphql-ws$/,
  );
});

test('a token that a response chooses has the substitute that it has in the request', () => {
  const [asked, chosen] = scrubbed([`bearer, ${short}`], [short]);
  expect(chosen).not.toBe(short);
  expect(asked).toBe(`bearer, ${chosen}`);
});

test('a list that goes on in the next line of the header is one list', () => {
  expect(scrubbed(['chat, bearer', short])[1]).not.toContain(short);
  expect(scrubbed(['chat', 'superchat'])).toEqual(['chat', 'superchat']);
});

test.each([
  'graphql-ws',
  'graphql-transport-ws, subscriptions-transport-ws',
  'mqtt, mqttv3.1',
  'v5.channel.k8s.io, v4.channel.k8s.io, v3.channel.k8s.io, v2.channel.k8s.io, channel.k8s.io',
  'v4.base64.channel.k8s.io, SPDY/3.1+portforward.k8s.io',
  'wamp.2.json, wamp.2.msgpack.batched',
  'v12.stomp, v11.stomp, v10.stomp',
  'ocpp1.6, ocpp2.0.1',
  'actioncable-v1-json, actioncable-unsupported',
  'json.webpubsub.azure.v1, protobuf.reliable.webpubsub.azure.v1',
  'bearer, graphql-ws',
  'access_token',
  'soap, xmpp, vite-hmr, lws-mirror-protocol, janus-protocol, io.netty.example.chat',
  'com.example.trading.v2024.orders, MyCompanyChatProtocol, auth-with-retries',
  '',
])('names of subprotocols stay: %s', (value) => {
  expect(scrubbed([value], [value])).toEqual([value, value]);
});
