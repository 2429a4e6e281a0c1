import fc from 'fast-check';

/** Says how much of all runs a property has: `npm run test:unit`, the inner loop, has a part of them, and CI has all. */
export const shareVariable = 'DVR_TEST_PROPERTY_SHARE';

const share = Number(process.env[shareVariable] ?? 1);

/** What a property of `all` runs is given that takes long. */
export const runs = (all: number): { readonly numRuns: number } => ({ numRuns: Math.ceil(all * share) });

// Loaded before each test file, for those that name no runs.
fc.configureGlobal(runs(100));
