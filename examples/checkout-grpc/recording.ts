import { status } from '@grpc/grpc-js';
import { customer } from '../checkout/customers.ts';
import { cli, freePort, start } from '../checkout/programs.ts';
import { nextTape, type RecordingSettings } from '../checkout/recording.ts';
import { buyInAHurry, buyOneByOne } from './customers.ts';
import { checkoutGrpc } from './programs.ts';

export interface GrpcRecording {
  /** The codes with which the streams of the customers in a hurry ended. */
  readonly codes: readonly number[];
  /** The tape that this made, where one failed. */
  readonly tape: string | undefined;
}

/**
 * Starts the checkout and `dvr-cli record` before it, lets customers in through the recorder, among them one who is in a
 * hurry (and another, until one fails), and waits for the tape of the one that failed.
 */
export async function recordGrpc({
  env,
  work,
  gapMs,
  others,
  hurried,
  onLog,
}: RecordingSettings): Promise<GrpcRecording> {
  await using checkout = start([checkoutGrpc, '--port', '0', '--work', String(work)], env, onLog);
  const target = /http\S+/.exec((await checkout.lines.next()).value ?? '')?.[0];
  if (target === undefined) throw new Error('the checkout did not start');
  const port = await freePort();
  const flags = ['--session-header', 'x-session-id', '--scope', 'session', '--tail', '300ms', '--json'];
  const args = [cli, 'record', '--target', target, '--listen', String(port), ...flags];
  await using recorder = start(args, env, onLog);
  const address = `127.0.0.1:${port}`;
  for (let number = 1; number <= others; number++) await buyOneByOne(address, customer(number), 'mug');
  const codes: number[] = [];
  for (let tries = 0; tries < hurried && !codes.includes(status.INTERNAL); tries++) {
    codes.push(await buyInAHurry(address, customer(7_001 + tries), gapMs));
  }
  return { codes, tape: codes.includes(status.INTERNAL) ? await nextTape(recorder.lines) : undefined };
}
