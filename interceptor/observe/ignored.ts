import type { CaptureConfig, IgnoreRule } from '../../tunnel/config.ts';
import { matchesGlob, matchesPathGlob } from '../../tunnel/glob.ts';
import { messageTypeOf } from '../../wire/grpc/call.ts';
import { connectVersion } from './call-end.ts';
import type { RequestFacts } from './head-facts.ts';

/** Tells whether a request is one that passes and is not recorded. */
export type IsIgnored = (request: RequestFacts) => boolean;

/** Makes the test of what a tunnel leaves out, by its ignore rules and its protocols, or nothing where that is nothing. */
export function ignoredBy({
  ignore,
  protocols,
}: Pick<CaptureConfig, 'ignore' | 'protocols'>): IsIgnored | undefined {
  const tests = [...ignore.map(testOf), ...protocolTests(protocols)];
  if (tests.length === 0) return undefined;
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : (request) => tests.some((test) => test(request));
}

/** Calls (gRPC and its kin) are told by their types; all else is `http`. */
function protocolTests(protocols: CaptureConfig['protocols']): IsIgnored[] {
  const [calls, others] = [protocols.includes('grpc'), protocols.includes('http')];
  return calls && others ? [] : [(request) => isCall(request) !== calls];
}

function isCall(request: RequestFacts): boolean {
  const type = messageTypeOf(request.field('content-type'));
  if (type?.dialect !== 'connect' || type.codec === 'proto') return type !== undefined;
  return request.field(connectVersion) !== undefined;
}

function testOf(rule: IgnoreRule): IsIgnored {
  const { path, userAgent } = rule;
  const byAgent = userAgent === undefined ? undefined : agentTest(userAgent);
  const byPath = path === undefined ? undefined : pathTest(path);
  return (request) => (byAgent?.(request) ?? true) && (byPath?.(request) ?? true);
}

/** Nearly no request is ignored, and of nearly all the first character of the user agent says so. */
function agentTest(pattern: string): IsIgnored {
  const star = pattern.indexOf('*');
  const literal = Buffer.from(star === -1 ? pattern : pattern.slice(0, star), 'latin1');
  return (request) => request.agentBegins(literal) && matchesGlob(pattern, request.field('user-agent') ?? '');
}

function pathTest(pattern: string): IsIgnored {
  return ({ target }) => {
    const query = target.indexOf('?');
    return matchesPathGlob(pattern, query === -1 ? target : target.slice(0, query));
  };
}
