import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScrubbedExchange } from '../../../tape/scrubbed.ts';
import { writeTapeFolder } from '../../tape/make-tape.ts';
import { root, setOf, source } from '../../wire/protobuf/messages.ts';
import { itemsBody, recordedCall } from '../calls.ts';
import { TapeWorld } from './tape-world.ts';

let world: TapeWorld;
beforeEach(async () => {
  world = await TapeWorld.make();
});
afterEach(() => world[Symbol.asyncDispose]());

/** A fetched tape of one call, with the schemas of its service or without. */
async function taped(descriptorSet?: Uint8Array): Promise<void> {
  const call = recordedCall({ sent: itemsBody({ sku: 'A1', isGift: true }), code: 13, message: 'no stock' });
  const exchange = { ...call.exchange, service: 'shop:8080' };
  const made = { ...call, exchange } as ScrubbedExchange;
  await writeTapeFolder(`${world.tapes}/tape-id-CALL-crash`, [made], { primary: 'shop:8080' }, descriptorSet);
}

const show = async (...flags: string[]) => world.run(['show', 'CALL', '--payload', '1', ...flags]);
const byName = '{\n  "sku": "A1",\n  "isGift": true\n}';
const byNumber = '{\n  "1": "A1",\n  "7": 1\n}';

test('messages are shown by the schemas of the tape', async () => {
  await taped(setOf(root));
  expect((await show()).out).toContain(byName);
});

test('without those, by the schemas that are given, and else by numbers', async () => {
  await taped();
  expect((await show()).out).toContain(byNumber);
  const folder = join(world.folder, 'protos');
  await mkdir(folder);
  await writeFile(join(folder, 'shop.proto'), source);
  expect((await show('--proto', folder)).out).toContain(byName);
  const file = join(world.folder, 'set.binpb');
  await writeFile(file, setOf(root));
  expect((await show('--descriptor-set', file)).out).toContain(byName);
});

test.each([
  ['--proto', '/nowhere/at/all', '--proto /nowhere/at/all'],
  ['--descriptor-set', '/nowhere/set.binpb', '--descriptor-set /nowhere/set.binpb'],
  ['--descriptor-set', import.meta.filename, 'holds no descriptor set'],
])('%s %s is wrong input', async (flag, value, told) => {
  await taped();
  expect(await show(flag, value)).toMatchObject({ code: 2, err: expect.stringContaining(told) });
});

test('the timeline tells the code of a call', async () => {
  await taped();
  expect((await world.run(['show', 'CALL', '--timeline'])).out).toMatch(
    /POST \/shop\.v1\.Carts\/Check +INTERNAL/,
  );
});
