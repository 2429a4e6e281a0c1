import { describe, expect, test } from 'vitest';
import { type Guest, Room } from '../../../examples/chat/service/room.ts';

/** A room with one guest, whose links are looked up and archived when the test says so. */
function room(looksAgain: boolean) {
  const looked = Promise.withResolvers<string>();
  const archived = Promise.withResolvers<void>();
  const links = { titleOf: () => looked.promise, archive: () => archived.promise };
  const made = new Room(links, looksAgain);
  const heard: object[] = [];
  const guest: Guest = { name: 'Ada', send: (message) => heard.push(message) };
  made.enter(guest);
  return { room: made, guest, heard, looked, archived };
}

const link = 'look at https://tea.example/';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a link that is unsaid', () => {
  test('while it is looked up gets no preview', async () => {
    const { room: made, guest, heard, looked } = room(false);
    const saying = made.hear(guest, { say: link });
    await made.hear(guest, { unsay: 1 });
    looked.resolve('Tea');
    await saying;
    expect(heard).toEqual([{ said: { id: 1, by: 'Ada', text: link } }, { unsaid: 1 }]);
  });

  test.each([
    [false, 'there is no message 1'],
    [true, undefined],
  ])('while it is archived fails, unless the room looks again (%s)', async (looksAgain, fault) => {
    const { room: made, guest, heard, looked, archived } = room(looksAgain);
    const saying = made.hear(guest, { say: link }).catch((error: Error) => error.message);
    looked.resolve('Tea');
    await turn();
    await made.hear(guest, { unsay: 1 });
    archived.resolve();
    expect(await saying).toBe(fault);
    expect(heard.at(-1)).toEqual({ unsaid: 1 });
  });
});

test('a link that stays gets its preview', async () => {
  const { room: made, guest, heard, looked, archived } = room(false);
  looked.resolve('Tea');
  archived.resolve();
  await made.hear(guest, { say: link });
  expect(heard.at(-1)).toEqual({ preview: { id: 1, title: 'Tea' } });
});

test('what is no message of the chat is refused', async () => {
  const { room: made, guest } = room(false);
  await expect(made.hear(guest, { shout: 'hey' })).rejects.toThrow('not a message');
});
