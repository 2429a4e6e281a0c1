import { z } from 'zod';
import { nearest } from '../program/suggest.ts';
import type { TunnelDocument } from './document.ts';
import { type Finding, pathText } from './finding.ts';

type Issue = z.core.$ZodIssue;

/** What a text was held against, and what such a text is called, with its article. */
export interface Against {
  readonly schema: z.core.$ZodType;
  readonly name: string;
}

/** What the schema found wrong, each with its place and its remedy. */
export function findingsOf(issues: readonly Issue[], document: TunnelDocument, against: Against): Finding[] {
  return issues.map(sharpest).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownField(issue.path, key, document, against));
    return [wrongValue(issue, document)];
  });
}

function unknownField(
  parent: readonly PropertyKey[],
  key: string,
  document: TunnelDocument,
  { schema, name }: Against,
): Finding {
  const path = [...parent, key];
  const known = fieldsAt(parent, schema);
  const near = nearest(key, known);
  return {
    severity: 'error',
    path: pathText(path),
    ...document.keyPlace(path),
    message: `there is no field ${JSON.stringify(key.slice(0, 60))} in ${parent.length === 0 ? name : pathText(parent)}`,
    hint: near === undefined ? `Its fields are ${known.join(', ')}.` : `Did you mean ${near}?`,
  };
}

function wrongValue(issue: Issue, document: TunnelDocument): Finding {
  const path = pathText(issue.path);
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  const name = path === '' ? 'the text' : lastField(issue.path);
  const hint = missing ? `It ${wordsOf(issue)}.` : hintOf(issue);
  return {
    severity: 'error',
    path,
    ...document.place(issue.path),
    message: missing ? `${name} is missing` : `${name} ${wordsOf(issue)}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What to write instead, where that can be told: `[500]` for `500`. */
function hintOf(issue: Issue): string | undefined {
  if (issue.code === 'custom') return typeof issue.params?.hint === 'string' ? issue.params.hint : undefined;
  if (issue.code === 'invalid_value') {
    const near = nearest(String(issue.input).slice(0, 60), issue.values.map(String));
    return near === undefined ? undefined : `Did you mean ${near}?`;
  }
  const isBare =
    issue.code === 'invalid_type' && issue.expected === 'array' && /^\w{1,20}$/.test(String(issue.input));
  return isBare ? `Write [${issue.input}].` : undefined;
}

/** `on_status[1]` of `spec.triggers[0].on_status[1]`: the place tells the rest. */
function lastField(path: readonly PropertyKey[]): string {
  return pathText(path.slice(path.findLastIndex((step) => typeof step === 'string')));
}

/** Of a union's branches the one that came farthest: `[500, 'abc']` is wrong at `[1]`, not as a whole. */
function sharpest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const deeper = issue.errors.flat().filter((inner) => inner.path.length > 0);
  const [first] = deeper.sort((a, b) => b.path.length - a.path.length);
  return first === undefined ? issue : sharpest({ ...first, path: [...issue.path, ...first.path] });
}

function wordsOf(issue: Issue): string {
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'takes a mapping of fields';
  return issue.message;
}

/** The names of the fields of the object at `path`. */
function fieldsAt(path: readonly PropertyKey[], schema: z.core.$ZodType): string[] {
  let at: JsonSchema | undefined = z.toJSONSchema(schema, { io: 'input' });
  for (const step of path) at = typeof step === 'number' ? elementOf(at) : propertyOf(at, String(step));
  return Object.keys(at?.properties ?? {});
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function elementOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const items = schema?.items;
  return typeof items === 'object' && !Array.isArray(items) ? items : undefined;
}

function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const property = schema?.properties?.[name];
  return typeof property === 'object' ? property : undefined;
}
