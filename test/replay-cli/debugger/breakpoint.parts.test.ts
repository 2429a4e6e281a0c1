import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { needs } from '../../parts/needs.ts';
import type { ExchangeSketch } from '../../tape/make-tape.ts';
import { targetAt } from '../engine/service-under-test.ts';
import { attachIde, lineOf, nativeServiceInGdb, nodeService } from './services.ts';
import { stepping } from './stepping.ts';

const linux = { skip: process.platform !== 'linux' };

const two: readonly ExchangeSketch[] = [
  { start: 0, method: 'POST', target: '/api/v2/checkout/init', session: 'a' },
  { start: 50, method: 'POST', target: '/api/v2/checkout/process_payment', message: 1, session: 'a' },
];

const transcript = `dvr> next
[Sent] POST /api/v2/checkout/init (Payload ID: 1)
[Received] 200 OK
dvr> next
[Sent] POST /api/v2/checkout/process_payment (Payload ID: 2)
[Breakpoint hit in IDE]
`;

describe('a breakpoint in a Node service', () => {
  test('gives the transcript to the letter, and the answer when the IDE lets go', linux, async () => {
    await using service = await nodeService('--inspect=127.0.0.1:0');
    const ide = await attachIde(service.inspector, lineOf('the payment'));
    const session = await stepping(two, targetAt(service.port));
    session.type('next');
    session.type('next');
    await session.saw('[Breakpoint hit in IDE]\n');
    session.type('list');
    await session.saw('→ in flight');
    await ide.resume();
    await session.saw('[Received] 200 OK\n');
    const out = await session.end();
    expect(out.startsWith(transcript)).toBe(true);
    expect(out.match(/Breakpoint/g)).toHaveLength(1);
    await ide.close();
  });

  test('stops a continue, and a payload sent meanwhile is said to wait', linux, async () => {
    await using service = await nodeService('--inspect=127.0.0.1:0');
    const ide = await attachIde(service.inspector, lineOf('the payment'));
    const third: ExchangeSketch = { start: 9000, target: '/later', connection: 2, session: 'b' };
    const session = await stepping([...two, third], targetAt(service.port));
    session.type('continue');
    await session.saw('[Breakpoint hit in IDE]\n');
    session.type('next');
    await session.saw(
      '[No answer yet] the service is still stopped in the debugger (Payload ID: 3 is in flight)',
    );
    await ide.resume();
    await session.saw('[Received] 200 OK (Payload ID: 2)');
    await session.saw('[Received] 200 OK\n');
    await session.end();
    await ide.close();
  });

  test('is not reported for a handler that only sleeps, though an IDE is attached', linux, async () => {
    await using service = await nodeService('--inspect=127.0.0.1:0');
    const ide = await attachIde(service.inspector, 999);
    const session = await stepping([{ start: 0, target: '/slow' }], targetAt(service.port));
    session.type('next');
    await session.saw('[No answer yet]');
    expect(await session.end()).not.toContain('Breakpoint');
    await ide.close();
  });
});

describe('a breakpoint in a native service', needs('gdb', 'c-compiler'), () => {
  test('is reported while gdb holds the service, and the answer when it lets go', linux, async () => {
    await using service = await nativeServiceInGdb();
    const session = await stepping(two.slice(0, 1), targetAt(service.port));
    session.type('next');
    await session.saw('(Payload ID: 1)\n[Breakpoint hit in IDE]\n');
    await service.resume();
    await session.saw('[Received] 200 OK\n');
    await session.end();
  });

  test('is not claimed for a payload that finds the service stopped already', linux, async () => {
    await using service = await nativeServiceInGdb();
    const session = await stepping(two.slice(0, 1), targetAt(service.port));
    const early = get({ host: '127.0.0.1', port: service.port, path: '/', agent: false }, (r) => r.resume());
    await service.stopped();
    session.type('next');
    await session.saw('[No answer yet] the service is still stopped in the debugger');
    await service.resume();
    await service.stopped();
    await service.resume();
    await session.saw('[Received] 200 OK\n');
    early.destroy();
    expect(await session.end()).not.toContain('Breakpoint');
  });

  test('is not reported for a handler that only sleeps under gdb', linux, async () => {
    await using service = await nativeServiceInGdb();
    const session = await stepping([{ start: 0, target: '/slow' }], targetAt(service.port));
    session.type('next');
    await service.stopped();
    await session.saw('[Breakpoint hit in IDE]\n');
    await service.resume();
    session.type('next');
    await session.saw('[End of tape]; payload 1 still in flight');
    expect((await session.end()).match(/Breakpoint/g)).toHaveLength(1);
  });
});
