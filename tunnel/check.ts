import type { TunnelConfig } from './config.ts';
import { parseTunnelDocument, type TunnelDocument } from './document.ts';
import type { Finding } from './finding.ts';
import { findingsOf } from './issues.ts';
import { resolveTunnel } from './resolve.ts';
import { type TunnelObject, tunnelSchema } from './schema.ts';

const name = 'a StatefulTunnel';

/** What a text says, or all that is wrong with it. */
export type Checked =
  | {
      readonly ok: true;
      readonly config: TunnelConfig;
      readonly object: TunnelObject;
      readonly document: TunnelDocument;
    }
  | { readonly ok: false; readonly errors: readonly [Finding, ...Finding[]] };

/** Checks the text of a tunnel (YAML or JSON). Never throws for what the text holds. */
export function checkTunnel(text: string): Checked {
  const document = parseTunnelDocument(text, name);
  if ('severity' in document) return { ok: false, errors: [document] };
  const parsed = tunnelSchema.safeParse(document.value, { reportInput: true });
  if (parsed.success) return { ok: true, config: resolveTunnel(parsed.data), object: parsed.data, document };
  const [first, ...others] = findingsOf(parsed.error.issues, document, { schema: tunnelSchema, name });
  if (first === undefined) throw new TypeError('the schema refused a text without telling why');
  return { ok: false, errors: [first, ...others] };
}
