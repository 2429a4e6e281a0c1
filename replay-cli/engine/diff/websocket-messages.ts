import type { WebSocketFrame } from '../../../tape/exchange.ts';
import { type Close, closeIn, closeNames } from '../../../wire/websocket/close.ts';
import { messagesIn } from '../../../wire/websocket/messages.ts';
import { textContent } from '../content.ts';
import type { Difference } from '../port.ts';
import type { HasMoved } from './difference.ts';
import { type MessageContent, messageDifferences } from './message-differences.ts';

/** What one side of a WebSocket sent. */
export interface Conversation {
  readonly frames: readonly WebSocketFrame[];
  /** The frames' payloads. */
  readonly body: Uint8Array;
}

/**
 * Compares what a service sent in a WebSocket: texts and binary messages in their order, and how it closed. Of one that
 * `isOpen` at the end of the tape, as far as the tape goes.
 */
export function webSocketDifferences(
  recorded: Conversation,
  replayed: Conversation,
  isOpen: boolean,
  hasMoved: HasMoved,
): readonly Difference[] {
  const [had, have] = [contents(recorded), contents(replayed)];
  const differences = messageDifferences('message', had, isOpen ? have.slice(0, had.length) : have, hasMoved);
  if (isOpen) return differences;
  const before = closeText(closeIn(recorded.frames, recorded.body));
  const after = closeText(closeIn(replayed.frames, replayed.body));
  if (before === after) return differences;
  return [
    ...differences,
    {
      where: 'close',
      ...(before !== undefined && { recorded: before }),
      ...(after !== undefined && { replayed: after }),
    },
  ];
}

function contents({ frames, body }: Conversation): readonly MessageContent[] {
  return messagesIn(frames, body).flatMap(({ kind, bytes, whole }) => {
    if (kind !== 'text' && kind !== 'binary') return [];
    return [{ kind: whole ? kind : `${kind}, cut off`, content: textContent(bytes, kind === 'text') }];
  });
}

/** `1011 internal error: out of stock`; undefined where there was no close. */
export function closeText(close: Close | undefined): string | undefined {
  if (close === undefined) return undefined;
  const { code, reason } = close;
  if (code === undefined) return 'without a code';
  const name = closeNames[code];
  const said = Buffer.from(reason).toString();
  return `${code}${name === undefined ? '' : ` ${name}`}${said === '' || said === name ? '' : `: ${said}`}`;
}
