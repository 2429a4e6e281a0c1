import type { IgnoreRule } from '../../tunnel/config.ts';
import { matchesGlob, matchesPathGlob } from '../../tunnel/glob.ts';
import type { Http1Head } from '../../wire/http1/events.ts';
import { targetOf } from '../../wire/http1/raw-head.ts';

/** Tells whether a request is one that passes and is not recorded. */
export type IsIgnored = (head: Http1Head) => boolean;

/** Makes the test of a tunnel's ignore rules, or nothing where there are none. */
export function ignoredBy(rules: readonly IgnoreRule[]): IsIgnored | undefined {
  const tests = rules.map(testOf);
  if (tests.length === 0) return undefined;
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : (head) => tests.some((test) => test(head));
}

function testOf(rule: IgnoreRule): IsIgnored {
  const { path, userAgent } = rule;
  const byAgent = userAgent === undefined ? undefined : agentTest(userAgent);
  const byPath = path === undefined ? undefined : pathTest(path);
  return (head) => (byAgent?.(head) ?? true) && (byPath?.(head) ?? true);
}

/** Nearly no request is ignored, and of nearly all the first character of the user agent says so. */
function agentTest(pattern: string): IsIgnored {
  const star = pattern.indexOf('*');
  const literal = Buffer.from(star === -1 ? pattern : pattern.slice(0, star), 'latin1');
  return ({ bytes, agentStart, agentEnd }) => {
    if (agentStart === -1) return false;
    for (let i = 0; i < literal.length; i++) if (bytes[agentStart + i] !== literal[i]) return false;
    const agent = Buffer.from(bytes.subarray(agentStart, agentEnd)).toString('latin1');
    return matchesGlob(pattern, agent);
  };
}

function pathTest(pattern: string): IsIgnored {
  return (head) => {
    const target = targetOf(head);
    const query = target.indexOf('?');
    return matchesPathGlob(pattern, query === -1 ? target : target.slice(0, query));
  };
}
