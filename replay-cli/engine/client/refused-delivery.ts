import type { OnItsWay, SendOptions } from './exchange-client.ts';

/** What comes of a payload whose target took no connection. */
export function refusedDelivery(send: SendOptions, refused: unknown): OnItsWay {
  const sentAt = performance.now();
  send.onSent(sentAt);
  send.onWritten(sentAt);
  const outcome = { kind: 'failure', failure: 'refused' } as const;
  return { sentAt, refused, done: Promise.resolve({ outcome, headAt: undefined, endAt: sentAt }) };
}
