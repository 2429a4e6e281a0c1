import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderTimeline } from '../../../replay-cli/show/timeline.ts';
import { spanAround } from '../../../replay-cli/show/timeline-rows.ts';

const ms = (n: number) => n * 1e6;

test('bars stand on one scale, lighter until the request was whole', () => {
  const rows = [
    {
      id: 1,
      method: 'GET',
      target: '/a',
      outcome: '200',
      start: 0,
      requestEnd: ms(25),
      end: ms(50),
      marked: false,
    },
    { id: 2, method: 'PUT', target: '/b?x=1', outcome: '500', start: ms(50), end: ms(100), marked: true },
  ];
  const [scale, ...lines] = renderTimeline(rows, 60);
  expect(scale).toMatch(/^ +0.0 ms +100 ms$/);
  expect(lines).toEqual([
    ' 1 GET /a  200 │▒▒▒▒▒▒▒▒█████████                 │  50.0 ms',
    '!2 PUT /b? 500 │                 █████████████████│  50.0 ms',
  ]);
});

const row = fc.record(
  {
    id: fc.integer({ min: 1, max: 300_000 }),
    method: fc.string({ maxLength: 10 }),
    target: fc.string({ maxLength: 200 }),
    outcome: fc.constantFrom('200', '500', '200 client gone', 'in flight'),
    start: fc.integer({ min: 0, max: 1e12 }),
    requestEnd: fc.integer({ min: 0, max: 1e12 }),
    end: fc.integer({ min: 0, max: 1e12 }),
    marked: fc.boolean(),
  },
  { requiredKeys: ['id', 'method', 'target', 'outcome', 'start', 'marked'] },
);

test('no line is wider than the terminal, whatever the times', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 60, max: 250 }),
      (rows, columns) => {
        const lines = renderTimeline(rows, columns);
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

test('a span keeps its size at both ends and tells what it leaves out', () => {
  expect(spanAround(undefined, 10, 200)).toEqual({ from: 1, to: 10, before: 0, behind: 0 });
  expect(spanAround(5000, 10_000, 200)).toEqual({ from: 4850, to: 5049, before: 4849, behind: 4951 });
  expect(spanAround(1, 10_000, 200)).toMatchObject({ from: 1, to: 200 });
  expect(spanAround(10_000, 10_000, 200)).toMatchObject({ from: 9801, to: 10_000 });
  expect(spanAround(undefined, 0, 200)).toEqual({ from: 1, to: 0, before: 0, behind: 0 });
});
