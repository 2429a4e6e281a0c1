import { expect, test } from 'vitest';
import { addedText } from '../../bench/added.ts';

test('a latency that would be less than nothing is told as noise, with the load of the machine', () => {
  expect(addedText(0.1234)).toBe('0.123 ms');
  expect(addedText(-0.2)).toMatch(/^within noise \(load \d+\.\d\)$/);
});
