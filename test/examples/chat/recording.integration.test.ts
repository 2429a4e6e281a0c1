import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { recordChat } from '../../../examples/chat/recording.ts';
import { makePlayground } from '../../../examples/checkout/folder.ts';
import { measureWork } from '../../../examples/checkout/work.ts';

test('each try of the chat has a recorder of its own, so that no tape holds a lucky one', async () => {
  const work = measureWork();
  const { path, env } = await makePlayground(work);
  const logged: string[] = [];
  try {
    // What is unsaid at once was not archived yet: there is no moment to meet.
    const { codes, tape } = await recordChat({
      ...{ env, work, gapMs: 0, tries: 2 },
      onLog: (text) => logged.push(text),
    });
    expect({ codes, tape }).toEqual({ codes: [undefined, undefined], tape: undefined });
    expect(logged.join('').match(/recording: port/g)).toHaveLength(2);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}, 60_000);
