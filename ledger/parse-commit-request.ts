import { z } from 'zod';
import { DvrError } from '../errors/index.ts';
import { triggerKinds } from '../tape/exchange.ts';
import { type CommitRequest, commitRequestFormat } from './commit-request.ts';

const count = z.number().int().min(0);
const text = z.string().max(16 * 1024);

const schema = z.strictObject({
  format: z.int().min(1).max(commitRequestFormat),
  trigger: z.enum(triggerKinds),
  fingerprint: text,
  detail: text,
  instance: z.string().max(255),
  service: text.exactOptional(),
  pod: z.string().max(255),
  connection: count.exactOptional(),
  message: count.exactOptional(),
  at: z.strictObject({ process: count, wallMs: z.number() }),
  scope: z.enum(['tunnel', 'session']),
  session: text.exactOptional(),
});

/** Reads an opened commit request, strictly. Throws `sealed-unreadable`, which names the field and never a value. */
export function parseCommitRequest(bytes: Uint8Array): CommitRequest {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw unreadable('it is no JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw unreadable(`${parsed.error.issues[0]?.path.join('.') || 'its shape'} is not as it must be`);
  }
  const { format: _, ...request } = parsed.data;
  return request;
}

function unreadable(what: string): DvrError {
  return new DvrError('sealed-unreadable', `a commit request cannot be read: ${what}`, {
    hint: 'Run interceptors and committers of the same release.',
  });
}
