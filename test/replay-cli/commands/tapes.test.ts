import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TapeWorld } from './tape-world.ts';

let world: TapeWorld;
beforeEach(async () => {
  world = await TapeWorld.make();
  await world.commit();
  await world.commit('tape-id-BBBB-manual', [{ start: 0 }], { namespace: 'qa' });
});
afterEach(() => world[Symbol.asyncDispose]());

test('lists vault and machine together: a line a tape, with what fired', async () => {
  await world.run(['fetch', 'tape-id-7889A-crash']);
  const { code, out } = await world.run(['tapes']);
  expect(code).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  const line = lines.find((text) => text.startsWith('tape-id-7889A-crash'));
  expect(line).toMatch(/payment-services .* 2 +POST \/api\/v2\/checkout\/process_payment 500 +vault, here$/);
  expect(lines.find((text) => text.startsWith('tape-id-BBBB-manual'))).toMatch(/ qa .* vault$/);
});

test('--namespace narrows and --json tells all', async () => {
  const { out } = await world.run(['tapes', '--namespace', 'qa', '--json']);
  expect(JSON.parse(out)).toMatchObject([
    { id: 'tape-id-BBBB-manual', namespace: 'qa', in_vault: true, counts: { exchanges: 1 } },
  ]);
});

test('a namespace without tapes is told with those that have some', async () => {
  const { code, out, err } = await world.run(['tapes', '--namespace', 'nosuch']);
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toBe('no tapes of namespace nosuch; there are payment-services, qa\n');
});

test('a tape that cannot be read is listed with the reason', async () => {
  await writeFile(join(world.vault, 'qa', 'tape-id-BBBB-manual', 'manifest.json'), '{"format":9,"id":"x"}');
  const { code, out } = await world.run(['tapes']);
  expect(code).toBe(0);
  expect(out).toContain('manifest.json has tape format 9');
  expect(out).toContain('tape-id-7889A-crash');
});

test('what is here is listed though the vault is out of reach, which is an error', async () => {
  await world.run(['fetch', 'tape-id-7889A-crash']);
  await rm(world.vault, { recursive: true });
  const { code, out, err } = await world.run(['tapes']);
  expect(code).toBe(5);
  expect(out).toContain('tape-id-7889A-crash');
  expect(err).toContain('the vault cannot list');
});

test('a vault out of reach says nothing of there being no tapes', async () => {
  const vault = `file://${join(world.folder, 'none')}`;
  for (const flags of [[], ['--json']]) {
    const { code, out, err } = await world.run(['tapes', '--vault', vault, ...flags]);
    expect({ code, out }).toEqual({ code: 5, out: '' });
    expect(err).not.toContain('no tapes');
  }
});

test('without a vault there is nothing, and that is no error', async () => {
  const { code, out, err } = await world.run(['tapes'], { DVR_VAULT: '', XDG_DATA_HOME: '/nonexistent' });
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toContain('no tapes');
});
