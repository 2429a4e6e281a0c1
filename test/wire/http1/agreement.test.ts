import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../properties.ts';
import { disagreement } from './agreement.ts';
import { streams } from './grammar.ts';
import { scan, text } from './playbook.ts';

const allRuns = runs(3000);

describe.each(['request', 'response'] as const)(
  'on generated %ss, valid and hostile, cut anywhere',
  (kind) => {
    it('the scanner and llhttp see the same messages, and refuse the same ones', () => {
      fc.assert(
        fc.property(streams(kind), ({ input, cuts, methods }) => {
          expect(disagreement(kind, input, cuts, methods), text(input)).toBeUndefined();
        }),
        allRuns,
      );
    });

    it('cuts change nothing that the scanner tells', () => {
      fc.assert(
        fc.property(streams(kind), ({ input, cuts, methods }) => {
          expect(scan(kind, input, { cuts, methods })).toEqual(scan(kind, input, { methods }));
        }),
        runs(1000),
      );
    });
  },
);
