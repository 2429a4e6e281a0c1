import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dvrCli } from '../../../examples/checkout/programs.ts';
import { writeTapeFolder } from '../../tape/make-tape.ts';
import { callExchange } from '../engine/client/grpc/call-sketch.ts';
import { serveGrpc } from '../engine/client/grpc/grpc-service.ts';

const path = '/shop.v1.Carts/Add';
const conversation = callExchange({
  start: 0,
  sent: [
    [0, 'a'],
    [20, 'b'],
  ],
  requestEnd: 40,
  responseStart: 8,
  received: [
    [10, 'a'],
    [30, 'b'],
  ],
  end: 45,
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-quit-'));
  await writeTapeFolder(folder, [conversation]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['quit', 'goto 1\nnext message\nquit\n'],
  ['the end of what is piped in', 'goto 1\nnext message\n'],
])(
  '%s ends the program while a stream is held, and cancels it',
  async (_, script) => {
    await using service = await serveGrpc({
      [path]: ({ call }) => call.on('data', (message) => call.write(message)),
    });
    const { url } = service.target;
    const args = ['replay', 'start', '--target', url, '--tape', folder, '--step-mode'];
    const { code, stdout } = await dvrCli(args, { XDG_STATE_HOME: folder }, script);
    expect(stdout).toContain('[Sent] POST');
    expect(code).toBe(0);
    await expect.poll(() => service.calls[0]?.cancelledAt).toBeDefined();
  },
  20_000,
);
