import { z } from 'zod';
import { parseDuration, parseSize } from '../program/quantity.ts';
import { nearest } from '../program/suggest.ts';
import { generatorNames } from './generators.ts';
import { grpcCodeNames, grpcCodeOf } from './grpc-codes.ts';
import { findRegexFault } from './regex.ts';

/**
 * The StatefulTunnel as users write it. This is the one schema: the configuration reference and the custom resource
 * definition are made from it, so it holds shapes, bounds and descriptions; `resolve.ts` turns it into a TunnelConfig.
 * Fields of `spec` are snake_case.
 */

const apiVersion = 'networking.replay.io/v1alpha1';
const kind = 'StatefulTunnel';

const second = 1000;
const minute = 60 * second;
const mebibyte = 1024 ** 2;

/** A duration within bounds, milliseconds both, as text. */
function duration(least: number, most: number, bounds: string) {
  return z
    .string('takes a duration such as 250ms, 2s or 5m, with its unit')
    .refine(
      (text) => within(parseDuration(text), least, most),
      `takes a duration ${bounds}, such as 300s or 5m`,
    )
    .meta({ takes: `a duration ${bounds}` });
}

/** A size within bounds, bytes both, as text or as a number of bytes. */
function size(least: number, most: number, bounds: string) {
  return z
    .union([z.string(), z.int()], 'takes a size such as 64Ki or 1Mi')
    .refine(
      (given) => within(parseSize(String(given)), least, most),
      `takes a size ${bounds}, such as 64Ki or 1Mi`,
    )
    .meta({ takes: `a size ${bounds}` });
}

function within(amount: number | undefined, least: number, most: number): boolean {
  return amount !== undefined && amount >= least && amount <= most;
}

const text = z.string('takes a text').min(1, 'must not be empty');
const fieldName = text.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'takes a name such as X-Session-Id or sid');

const sessionKey = z
  .strictObject({
    header: fieldName.optional().describe('Name of the request header, in any case.'),
    cookie: fieldName.optional().describe('Name of the cookie.'),
  })
  .refine((key) => Object.keys(key).length === 1, 'takes either a header or a cookie');

const ignoreRule = z
  .strictObject({
    path: text.optional().describe('Glob over the path: `*` within a segment, `**` across segments.'),
    user_agent: text.optional().describe('Glob over the User-Agent header.'),
  })
  .refine((rule) => Object.keys(rule).length > 0, 'takes a path, a user_agent or both');

const capture = z.strictObject({
  protocols: z
    .array(z.enum(['http', 'grpc'], 'takes http and grpc'), 'takes a list of http and grpc')
    .min(1, 'must name at least one protocol')
    .default(['http', 'grpc'])
    .describe(
      'What is recorded: `grpc` is calls (gRPC, gRPC-Web, Connect), `http` all else. What is not passes untouched and is counted.',
    ),
  payloads: z
    .boolean('takes true or false')
    .default(true)
    .describe('Whether bodies are kept. Heads always are.'),
  max_session_duration: duration(second, 60 * minute, 'from 1s to 1h')
    .default('300s')
    .describe('The window: how long before the trigger a tape begins at most.'),
  body_limit: size(0, 1024 * mebibyte, 'of at most 1Gi')
    .default('1Mi')
    .describe('What is kept of one body. The rest passes and is told on the tape as a gap.'),
  ledger_budget: size(mebibyte, 16_384 * mebibyte, 'from 1Mi to 16Gi')
    .default('64Mi')
    .describe(
      'What the ledger keeps of one pod. The oldest goes first; the tape states the window really kept.',
    ),
  connection_limit: z
    .int('takes a whole number')
    .min(1, 'must be at least 1')
    .max(1_000_000, 'must be at most 1000000')
    .default(10_000)
    .describe(
      'Client connections that are open at once at most. As many again wait until one ends; what comes on top is refused.',
    ),
  session_key: sessionKey.optional().describe('What tells the sessions of clients apart.'),
  ignore: z
    .array(ignoreRule, 'takes a list of rules')
    .default([{ user_agent: 'kube-probe/*' }])
    .describe('Traffic that passes and is not recorded. All given parts of a rule must match.'),
  reflection: z
    .boolean('takes true or false')
    .default(true)
    .describe(
      'Whether the service is asked for the schemas of its messages, once gRPC was seen (server reflection).',
    ),
});

const statusWords = 'takes a status code from 100 to 599, or a class such as 5xx';

const status = z.union(
  [
    z.int(statusWords).min(100, statusWords).max(599, statusWords),
    z.string().regex(/^[1-5]xx$/, statusWords),
  ],
  statusWords,
);

const grpcCodeWords = 'takes a gRPC code from 0 to 16, or its name such as INTERNAL';

/** One union of numbers and texts: with the names as an enum, no hint could tell which one was meant. */
const grpcCode = z
  .union([z.int(grpcCodeWords), z.string(grpcCodeWords)], grpcCodeWords)
  .check(({ value, issues }) => {
    const known =
      typeof value === 'number' ? grpcCodeNames[value] !== undefined : grpcCodeOf(value) !== undefined;
    if (known) return;
    const near = nearest(String(value).slice(0, 60).toUpperCase(), grpcCodeNames);
    const hint = near === undefined ? `The names are ${grpcCodeNames.join(', ')}.` : `Did you mean ${near}?`;
    issues.push({ code: 'custom', input: value, message: grpcCodeWords, params: { hint } });
  });

const trigger = z
  .strictObject({
    on_status: z
      .array(status, 'takes a list of status codes and classes such as 5xx')
      .min(1, 'must name at least one status')
      .meta({ takes: 'a list of codes and classes (`5xx`)' })
      .optional()
      .describe(
        'The service answered with one of these statuses. INTERNAL, UNKNOWN and DATA_LOSS of gRPC count as 500, UNAVAILABLE as 503, DEADLINE_EXCEEDED as 504.',
      ),
    on_grpc_status: z
      .array(grpcCode, 'takes a list of gRPC codes and their names')
      .min(1, 'must name at least one code')
      .meta({ takes: 'a list of codes and names (`13`, `INTERNAL`)' })
      .optional()
      .describe('A gRPC, gRPC-Web or Connect call ended with one of these codes.'),
    on_exception: text
      .optional()
      .describe(
        'The service failed: `*`, or a glob over `reset`, `closed`, `refused` and `internal_error` (a WebSocket closed with 1011). Never a client that went away.',
      ),
    on_timeout: duration(1, 60 * minute, 'from 1ms to 1h')
      .optional()
      .describe('The response was not whole so long after the request.'),
    action: z
      .literal('commit_tape', 'takes commit_tape')
      .default('commit_tape')
      .describe('What happens: the window is committed as a tape.'),
  })
  .refine(
    ({ action: _, ...on }) => Object.keys(on).length === 1,
    'takes exactly one of on_status, on_grpc_status, on_exception and on_timeout',
  );

const commit = z.strictObject({
  scope: z
    .enum(['tunnel', 'session'], 'takes tunnel or session')
    .default('tunnel')
    .describe('Whether a tape holds everything in the window, or only the session in which a trigger fired.'),
  tail: duration(0, minute, 'of at most 1m')
    .default('2s')
    .describe('How long after the trigger the window ends.'),
  in_flight: duration(0, 5 * minute, 'of at most 5m')
    .default('10s')
    .describe('How long exchanges in flight at the end of the window are awaited.'),
  cool_down: duration(0, 24 * 60 * minute, 'of at most 24h')
    .default('30s')
    .describe('A failure of the same method, route and outcome makes no second tape for so long.'),
});

/** Checked here, so that what is wrong with one is told along with all else. */
const regex = text.check((context) => {
  const { value, issues } = context;
  const fault = findRegexFault(value);
  if (fault === undefined) return;
  const { message, hint } = fault;
  issues.push({ code: 'custom', input: value, message, params: { hint } });
});

const sanitizationRule = z.strictObject({
  regex: regex.describe('RE2 syntax. What it matches is replaced.'),
  replace: z
    .string('takes a text')
    .describe(
      `The substitute. \`$1\` is what a group matched. ${generatorNames.map((name) => `\`[${name}]\``).join(', ')} make a substitute of the secret inside the match.`,
    ),
});

const specSchema = z.strictObject({
  mode: z.literal('record', 'takes record').default('record').describe('What the tunnel does.'),
  capture: capture.prefault({}).describe('What is recorded.'),
  triggers: z
    .array(trigger, 'takes a list of triggers')
    .min(1, 'must hold at least one trigger')
    .default([
      { on_status: ['5xx'], action: 'commit_tape' },
      { on_exception: '*', action: 'commit_tape' },
    ])
    .describe('What commits a tape. Each has exactly one `on_…`.'),
  commit: commit.prefault({}).describe('What a tape holds.'),
  sanitization: z
    .array(sanitizationRule, 'takes a list of rules')
    .default([])
    .describe('Rules of your own; they run in this order, before the detectors.'),
});

const kubernetesName = z
  .string('takes a text')
  .max(253, 'must be at most 253 characters')
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'takes lower-case letters, digits, dashes and dots');

/** Of a namespace: RFC 1123 section 2.1. */
const kubernetesLabel = z
  .string('takes a text')
  .max(63, 'must be at most 63 characters')
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'takes lower-case letters, digits and dashes');

export const tunnelSchema = z.strictObject({
  apiVersion: z.literal(apiVersion, `takes ${apiVersion}`).describe('The version of this format.'),
  kind: z.literal(kind, `takes ${kind}`).describe('The kind of object.'),
  metadata: z
    .looseObject({
      name: kubernetesName.describe('The name of the tunnel.'),
      namespace: kubernetesLabel.default('default').describe('Whose traffic is recorded.'),
    })
    .describe('As of every Kubernetes object; other fields are left alone.'),
  spec: specSchema.describe('What to record, what triggers a commit, how to scrub.'),
  status: z.unknown().optional().describe('Written by the operator, and ignored here.'),
});

/** A tunnel with its defaults filled in, still in the words of the schema. */
export type TunnelObject = z.output<typeof tunnelSchema>;
