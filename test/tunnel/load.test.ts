import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DvrError } from '../../errors/index.ts';
import { defaultTunnel, loadTunnel } from '../../tunnel/load.ts';

const article = readFileSync(new URL('fixtures/article.yaml', import.meta.url), 'utf8');

function faultOf(text: string): DvrError {
  try {
    loadTunnel(text, 'tunnel.yaml');
  } catch (thrown) {
    if (thrown instanceof DvrError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** The article's tunnel with one piece of its text replaced. */
function with_(piece: string, by: string): string {
  expect(article).toContain(piece);
  return article.replace(piece, by);
}

describe('the article’s tunnel', () => {
  test('is valid unchanged, and all defaults are filled in', () => {
    expect(loadTunnel(article, 'tunnel.yaml')).toEqual({
      namespace: 'payment-services',
      name: 'qa-dvr-interceptor',
      mode: 'record',
      capture: {
        protocols: ['http', 'grpc'],
        payloads: true,
        maxSessionDurationMs: 300_000,
        bodyLimit: 1024 ** 2,
        ledgerBudget: 64 * 1024 ** 2,
        connectionLimit: 10_000,
        ignore: [{ userAgent: 'kube-probe/*' }],
        reflection: true,
      },
      triggers: [
        {
          kind: 'on_status',
          ranges: [
            [500, 500],
            [502, 502],
            [503, 503],
            [504, 504],
          ],
        },
        { kind: 'on_exception', pattern: '*' },
      ],
      commit: { scope: 'tunnel', tailMs: 2000, inFlightMs: 10_000, coolDownMs: 30_000 },
      sanitization: [{ regex: 'Authorization: Bearer .*', replace: 'Authorization: Bearer [MOCK_TOKEN]' }],
    });
  });
});

describe('a tunnel', () => {
  test('of nothing but a name records 5xx and exceptions', () => {
    expect(defaultTunnel('shop').triggers).toEqual([
      { kind: 'on_status', ranges: [[500, 599]] },
      { kind: 'on_exception', pattern: '*' },
    ]);
    expect(defaultTunnel('shop').namespace).toBe('default');
  });

  test('takes a list of codes and classes of statuses', () => {
    const ranges = (status: string) => loadTunnel(with_('[500, 502, 503, 504]', status), 't').triggers[0];
    expect(ranges('[503]')).toEqual({ kind: 'on_status', ranges: [[503, 503]] });
    expect(ranges('[5xx]')).toEqual({ kind: 'on_status', ranges: [[500, 599]] });
    expect(ranges('[429, "5xx"]')).toEqual({
      kind: 'on_status',
      ranges: [
        [429, 429],
        [500, 599],
      ],
    });
  });

  test('takes codes of gRPC and their names', () => {
    const text = with_('on_exception: "*"', 'on_grpc_status: [INTERNAL, 14, UNKNOWN]');
    expect(loadTunnel(text, 't').triggers[1]).toEqual({ kind: 'on_grpc_status', codes: [13, 14, 2] });
  });

  test('may keep the service from being asked for its schemas', () => {
    const text = with_('payloads: true', 'reflection: off');
    expect(faultOf(text).message).toMatch(/takes true or false/);
    expect(loadTunnel(with_('payloads: true', 'reflection: false'), 't').capture.reflection).toBe(false);
  });

  test('takes session key, ignore rules, limits and commit settings', () => {
    const capture = `payloads: false
    session_key: {cookie: sid}
    ignore: [{path: /health/**, user_agent: probe*}]
    body_limit: 64Ki
    ledger_budget: 8Mi
    connection_limit: 5`;
    const text = with_('payloads: true', capture).replace(
      '  triggers:',
      '  commit: {scope: session, tail: 500ms, in_flight: 1m, cool_down: 0s}\n  triggers:',
    );
    expect(loadTunnel(text, 't')).toMatchObject({
      capture: {
        payloads: false,
        sessionKey: { cookie: 'sid' },
        ignore: [{ path: '/health/**', userAgent: 'probe*' }],
        bodyLimit: 65_536,
        ledgerBudget: 8 * 1024 ** 2,
        connectionLimit: 5,
      },
      commit: { scope: 'session', tailMs: 500, inFlightMs: 60_000, coolDownMs: 0 },
    });
  });

  test('may be written as JSON', () => {
    const { metadata, ...rest } = {
      apiVersion: 'networking.replay.io/v1alpha1',
      kind: 'StatefulTunnel',
      metadata: { name: 'a' },
      spec: {},
    };
    expect(loadTunnel(JSON.stringify({ ...rest, metadata }), 't').name).toBe('a');
  });
});

describe('a wrong tunnel is refused with file, line, column, field and remedy:', () => {
  test.each([
    [
      'max_session_duration: 300s',
      'max_sesion_duration: 300s',
      '11:5 spec.capture.max_sesion_duration',
      /no field/,
      /max_session_duration/,
    ],
    [
      'max_session_duration: 300s',
      'maxSessionDuration: 300s',
      '11:5 spec.capture.maxSessionDuration',
      /no field/,
      /max_session_duration/,
    ],
    ['  mode: record', '  mode: recrod', '7:9 spec.mode', /takes record/, undefined],
    [
      'max_session_duration: 300s',
      'max_session_duration: 300',
      '11:27 spec.capture.max_session_duration',
      /its unit/,
      undefined,
    ],
    [
      'max_session_duration: 300s',
      'max_session_duration: 3h',
      '11:27 spec.capture.max_session_duration',
      /1s to 1h/,
      undefined,
    ],
    ['payloads: true', 'payloads: "yes"', '10:15 spec.capture.payloads', /true or false/, undefined],
    ['[http, grpc]', '[http, htttp]', '9:23 spec.capture.protocols[1]', /http and grpc/, undefined],
    ['[500, 502, 503, 504]', '[500, 700]', '13:24 spec.triggers[0].on_status[1]', /status code/, undefined],
    ['[500, 502, 503, 504]', '[5x]', '13:19 spec.triggers[0].on_status[0]', /5xx/, undefined],
    [
      '[500, 502, 503, 504]',
      '500',
      '13:18 spec.triggers[0].on_status',
      /takes a list of status/,
      /^Write \[500\]\.$/,
    ],
    ['[500, 502, 503, 504]', '5xx', '13:18 spec.triggers[0].on_status', /5xx/, /^Write \[5xx\]\.$/],
    ['[500, 502, 503, 504]', '[]', '13:18 spec.triggers[0].on_status', /at least one/, undefined],
    ['[http, grpc]', 'http', '9:16 spec.capture.protocols', /a list of http/, /^Write \[http\]\.$/],
    [
      'on_exception: "*"',
      'on_exception: "*"\n      on_timeout: 5s',
      '15:7 spec.triggers[1]',
      /exactly one/,
      undefined,
    ],
    [
      'on_exception: "*"',
      'on_exeption: "*"',
      '15:7 spec.triggers[1].on_exeption',
      /no field/,
      /on_exception/,
    ],
    [
      'on_exception: "*"',
      'on_grpc_status: [INTRENAL]',
      '15:24 spec.triggers[1].on_grpc_status[0]',
      /code from 0 to 16/,
      /^Did you mean INTERNAL\?$/,
    ],
    [
      'on_exception: "*"',
      'on_grpc_status: [17]',
      '15:24 spec.triggers[1].on_grpc_status[0]',
      /code from 0 to 16/,
      /^The names are OK, CANCELLED/,
    ],
    [
      'on_exception: "*"',
      'on_grpc_status: INTERNAL',
      '15:23 spec.triggers[1].on_grpc_status',
      /a list of gRPC codes/,
      /^Write \[INTERNAL\]\.$/,
    ],
    ['action: commit_tape', 'action: commit', '14:15 spec.triggers[0].action', /commit_tape/, undefined],
    [
      '"Authorization: Bearer .*"',
      '"(unclosed"',
      '18:14 spec.sanitization[0].regex',
      /missing closing/,
      undefined,
    ],
    [
      '"Authorization: Bearer .*"',
      '"(?<=a)b"',
      '18:14 spec.sanitization[0].regex',
      /not valid/,
      /lookaround/,
    ],
    ['  name: qa-dvr-interceptor\n', '', '4:3 metadata.name', /missing/, undefined],
    ['kind: StatefulTunnel', 'kind: Deployment', '2:7 kind', /takes StatefulTunnel/, undefined],
    [
      'kind: StatefulTunnel',
      'kind: StatefullTunel',
      '2:7 kind',
      /takes StatefulTunnel/,
      /^Did you mean StatefulTunnel\?$/,
    ],
    ['kind: StatefulTunnel', 'kind: StatefulTunnel\nkind: x', '3:1', /not valid YAML/, undefined],
    ['  mode: record', '  mode: [record', '7:9', /not valid YAML: \[ is never closed/, undefined],
  ])('%j as %j', (piece, by, where, message, hint) => {
    const fault = faultOf(with_(piece, by));
    expect([fault.code, fault.exitCode]).toEqual(['config-invalid', 2]);
    expect(fault.where).toBe(`tunnel.yaml:${where}`);
    expect(fault.message).toMatch(message);
    if (hint !== undefined) expect(fault.hint).toMatch(hint);
  });

  test.each([
    ['', /holds nothing/],
    ['# only a comment\n', /holds nothing/],
    ['just a text', /takes a mapping/],
    [`${article}---\n${article}`, /more than one document/],
    [`a: ${'['.repeat(20_000)}`, /./],
    ['a: &a [*a]', /./],
    [
      `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghij'
        .split('')
        .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefghi'[i]}`).join()}]`)
        .join('\n')}`,
      /./,
    ],
  ])('a text that is no tunnel at all (%#)', (text, message) => {
    expect(faultOf(text).message).toMatch(message);
  });

  test('and more than one error are told together', () => {
    const fault = faultOf(with_('payloads: true', 'payloads: 3').replace('mode: record', 'mode: play'));
    expect(fault.hint).toMatch(/tunnel lint tunnel\.yaml shows 1 more/);
  });
});

describe('any text gives a tunnel or a DvrError,', () => {
  function loads(text: string): void {
    try {
      loadTunnel(text, 't');
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(DvrError);
      expect((thrown as DvrError).where).toMatch(/^t:\d+:\d+/);
    }
  }

  test('whatever its characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), loads), { numRuns: 200 });
  });

  test('whatever is cut out of a valid one and put in', () => {
    const bits = fc.constantFrom(
      '- ',
      ': ',
      '{',
      '[',
      '"',
      '&a ',
      '*a',
      '!!map ',
      '---\n',
      '\t',
      '\n',
      '? ',
      '| ',
      '<<: ',
    );
    const at = fc.nat(article.length);
    fc.assert(
      fc.property(at, fc.nat(30), bits, (start, length, bit) => {
        loads(article.slice(0, start) + bit + article.slice(start + length));
      }),
      { numRuns: 200 },
    );
  });

  test('whatever value stands in a field', () => {
    const field = fc.constantFrom(
      'mode: record',
      '[http, grpc]',
      'payloads: true',
      '300s',
      '[500, 502, 503, 504]',
      'commit_tape',
      '"*"',
      '"Authorization: Bearer .*"',
      'metadata:',
      'spec:',
    );
    fc.assert(
      fc.property(field, fc.jsonValue({ maxDepth: 3 }), (piece, value) => {
        const key = piece.includes(':') && !piece.startsWith('"') ? `${piece.split(':')[0]}: ` : '';
        loads(article.replace(piece, () => key + JSON.stringify(value)));
      }),
      { numRuns: 200 },
    );
  });
});
