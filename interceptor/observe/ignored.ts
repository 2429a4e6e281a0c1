import type { IgnoreRule } from '../../tunnel/config.ts';
import { matchesGlob, matchesPathGlob } from '../../tunnel/glob.ts';
import type { RequestFacts } from './head-facts.ts';

/** Tells whether a request is one that passes and is not recorded. */
export type IsIgnored = (request: RequestFacts) => boolean;

/** Makes the test of a tunnel's ignore rules, or nothing where there are none. */
export function ignoredBy(rules: readonly IgnoreRule[]): IsIgnored | undefined {
  const tests = rules.map(testOf);
  if (tests.length === 0) return undefined;
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : (request) => tests.some((test) => test(request));
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
