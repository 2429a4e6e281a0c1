import type { IgnoreRule } from '../../tunnel/config.ts';
import type { Http1Head } from '../../wire/http1/events.ts';
import { fieldOf, targetOf } from '../../wire/http1/raw-head.ts';
import { matchesGlob, matchesPathGlob } from './glob.ts';

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

/**
 * Nearly no request is ignored, so the longest literal of the pattern is looked for first in the whole head: one native
 * search in place of reading field by field.
 */
function agentTest(pattern: string): IsIgnored {
  const literal = pattern.split('*').reduce((a, b) => (b.length > a.length ? b : a), '');
  const needle = Buffer.from(literal, 'latin1');
  return (head) => {
    const { bytes, start, end } = head;
    if (Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).indexOf(needle) === -1) return false;
    const agent = fieldOf(head, 'user-agent');
    return agent !== undefined && matchesGlob(pattern, agent);
  };
}

function pathTest(pattern: string): IsIgnored {
  return (head) => {
    const target = targetOf(head);
    const query = target.indexOf('?');
    return matchesPathGlob(pattern, query === -1 ? target : target.slice(0, query));
  };
}
