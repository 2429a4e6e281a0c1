import { RE2JS } from 're2js';
import { DvrError } from '../../errors/index.ts';
import type { SanitizationRule } from '../../tunnel/config.ts';
import type { Finding } from '../port.ts';
import { parseTemplate, type TemplatePart } from './template.ts';

/** A text after the rules, and the spans in it that rules wrote: nothing of them is substituted again. */
export interface Ruled {
  readonly text: string;
  readonly kept: readonly Finding[];
}

/** What rules need of the engine. */
export interface RuleTools {
  /**
   * The substitute for the secret in `match`, found by one of `detectors`, or by any where none of those finds one.
   * `inHead`: the match is of a head line.
   */
  substituteIn(match: string, inHead: boolean, detectors: readonly string[], guess: string): string;
  hit(rule: number): void;
}

interface CompiledRule {
  readonly regex: RE2JS;
  readonly source: string;
  readonly template: readonly TemplatePart[];
  /** By header name; emptied when it holds `keptNames`. */
  readonly spellings: Map<string, readonly string[]>;
}

const keptNames = 1000;

/** The tunnel's own rules, in order. Their regexes run on RE2, in time linear in the text whatever they are. */
export class Rules {
  readonly #rules: readonly CompiledRule[];
  readonly #tools: RuleTools;

  /** Throws `config-invalid` for a regex that RE2 refuses. */
  constructor(rules: readonly SanitizationRule[], tools: RuleTools) {
    this.#rules = rules.map(compile);
    this.#tools = tools;
  }

  get empty(): boolean {
    return this.#rules.length === 0;
  }

  /** Applies the rules to a text, each to what the one before it left. `accept` may refuse single matches. */
  apply(text: string, accept: Accept = () => true): Ruled {
    let ruled: Ruled = { text, kept: [] };
    this.#rules.forEach((rule, number) => {
      ruled = this.#applyOne(rule, number, ruled, { inHead: false, accept });
    });
    return ruled;
  }

  /**
   * Applies the rules to the head line `Name: value`. The name matches in any case: it is tried as it stands, as the
   * regex itself spells it, and in lower, upper and title case. An empty line drops the field.
   */
  applyToLine(name: string, value: string): (Ruled & { readonly name: string }) | undefined {
    let line = { name, text: value, kept: [] as readonly Finding[] };
    for (const [number, rule] of this.#rules.entries()) {
      const spelling = spellings(line.name, rule).find((s) => rule.regex.test(`${s}: ${line.text}`));
      if (spelling === undefined) continue;
      const prefix = `${spelling}: `;
      const kept = line.kept.map((span) => shifted(span, prefix.length));
      const ruled = this.#applyOne(rule, number, { text: prefix + line.text, kept }, inHead);
      const text = ruled.text.replaceAll(/[\r\n]+/g, ' ');
      if (text === '') return undefined;
      const colon = text.indexOf(':');
      const given = colon === -1 ? line.name : text.slice(0, colon).trim();
      const from = colon === -1 ? 0 : text.length - text.slice(colon + 1).trimStart().length;
      line = {
        name: given.toLowerCase() === spelling.toLowerCase() ? line.name : given,
        text: text.slice(from),
        kept: ruled.kept.map((span) => shifted(span, -from)).filter((span) => span.end > 0),
      };
    }
    return line;
  }

  #applyOne(rule: CompiledRule, number: number, before: Ruled, how: How): Ruled {
    const { text } = before;
    if (!rule.regex.test(text)) return before;
    const matcher = rule.regex.matcher(text);
    const kept: Finding[] = [];
    let made = '';
    let from = 0;
    const carry = (until: number): void => {
      const by = made.length - from;
      for (const span of before.kept) {
        if (span.start >= from && span.end <= until) kept.push(shifted(span, by));
      }
      made += text.slice(from, until);
    };
    while (matcher.find()) {
      const match = { start: matcher.start(), end: matcher.end() };
      if (match.start === match.end || !how.accept(text, match)) continue;
      carry(match.start);
      const found: Match = {
        text: text.slice(match.start, match.end),
        inHead: how.inHead,
        group: (group) => matcher.group(group) ?? '',
      };
      for (const part of rule.template) {
        const piece = this.#piece(part, rule, found);
        if (part.kind !== 'group') kept.push({ start: made.length, end: made.length + piece.length });
        made += piece;
      }
      from = match.end;
      this.#tools.hit(number);
    }
    if (from === 0) return before;
    carry(text.length);
    return { text: made, kept };
  }

  #piece(part: TemplatePart, rule: CompiledRule, match: Match): string {
    if (part.kind === 'literal') return part.text;
    if (part.kind === 'group') return match.group(part.group);
    return this.#tools.substituteIn(match.text, match.inHead, part.detectors, guess(rule, match));
  }
}

interface Match {
  readonly text: string;
  readonly inHead: boolean;
  group(group: number | string): string;
}

type Accept = (text: string, match: Finding) => boolean;

interface How {
  readonly inHead: boolean;
  readonly accept: Accept;
}

const inHead: How = { inHead: true, accept: () => true };

function compile({ regex, replace }: SanitizationRule, at: number): CompiledRule {
  try {
    const compiled = RE2JS.compile(regex, RE2JS.MULTILINE);
    const template = parseTemplate(replace);
    for (const part of template) checkGroup(part, compiled);
    return { regex: compiled, source: regex, template, spellings: new Map() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DvrError('config-invalid', `a sanitization rule cannot be used: ${reason}`, {
      where: `spec.sanitization[${at}]`,
      hint: 'Write the regex in RE2 syntax: no look-around, no back-references.',
      cause,
    });
  }
}

function checkGroup(part: TemplatePart, regex: RE2JS): void {
  if (part.kind !== 'group') return;
  const known =
    typeof part.group === 'number' ? part.group <= regex.groupCount() : part.group in regex.namedGroups();
  if (!known) throw new Error(`replace names group ${part.group}, which the regex does not have`);
}

/**
 * What is taken for the secret where no detector finds one: what stands in the match between the literals of the
 * template, else the first group, else the whole match.
 */
function guess({ template, regex }: CompiledRule, match: Match): string {
  const before = template[0]?.kind === 'literal' ? template[0].text : '';
  const last = template.at(-1);
  const after = template.length > 1 && last?.kind === 'literal' ? last.text : '';
  const folded = match.text.toLowerCase();
  const fits = folded.startsWith(before.toLowerCase()) && folded.endsWith(after.toLowerCase());
  if (fits && match.text.length > before.length + after.length) {
    return match.text.slice(before.length, match.text.length - after.length);
  }
  const first = regex.groupCount() > 0 ? match.group(1) : '';
  return first === '' ? match.text : first;
}

function spellings(name: string, rule: CompiledRule): readonly string[] {
  const kept = rule.spellings.get(name);
  if (kept !== undefined) return kept;
  const made = spelled(name, rule.source);
  if (rule.spellings.size >= keptNames) rule.spellings.clear();
  rule.spellings.set(name, made);
  return made;
}

function spelled(name: string, source: string): readonly string[] {
  const lower = name.toLowerCase();
  const at = source.toLowerCase().indexOf(lower);
  const title = lower.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  const own = at === -1 ? [] : [source.slice(at, at + name.length)];
  return [...new Set([name, ...own, title, lower, name.toUpperCase()])];
}

function shifted(span: Finding, by: number): Finding {
  return { start: Math.max(span.start + by, 0), end: span.end + by };
}
