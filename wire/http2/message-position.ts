import { messageTypeOf } from '../grpc/call.ts';
import { MessageScanner } from '../grpc/message-scanner.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

/** Follows the messages of a body of this type, where it is made of length-prefixed ones; else nothing. */
export function messageScannerFor(contentType: string): MessageScanner | undefined {
  if (!mayHaveMessages.test(contentType)) return undefined;
  const dialect = messageTypeOf(contentType)?.dialect;
  const isPrefixed = dialect === 'grpc' || dialect === 'grpc-web' || dialect === 'connect-stream';
  return isPrefixed ? new MessageScanner() : undefined;
}

/** Asked of every head, nearly always in vain. */
const mayHaveMessages = /^application\/(?:grpc|connect)/i;

export function writePosition(state: StateWriter, scanner: MessageScanner | undefined): void {
  state.flag(scanner !== undefined);
  if (scanner === undefined) return;
  const { prefix, length } = scanner.position;
  state.number(prefix);
  state.number(length);
}

export function readPosition(state: StateReader): MessageScanner | undefined {
  return state.flag() ? new MessageScanner({ prefix: state.number(), length: state.number() }) : undefined;
}
