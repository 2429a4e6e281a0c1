import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';
import type { MissingPart } from './parts/needs.ts';

/** Variable that names the file into which the outcome of a run is written. */
export const reportVariable = 'DVR_TEST_REPORT';

/** The outcome of a test run, as JSON. */
export interface Report {
  readonly passed: number;
  /** Failed tests, test files that could not be read, and errors outside of any test. */
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

export interface SkippedTest {
  readonly test: string;
  /** The parts it needed and could not have. */
  readonly parts: readonly MissingPart[];
  /** What the test itself said of it. */
  readonly note: string | undefined;
}

/** A vitest reporter that leaves the outcome for the script that started the run. */
export default class ReportWriter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const path = process.env[reportVariable];
    if (path !== undefined) writeFileSync(path, JSON.stringify(summarise(modules, errors)));
  }
}

function summarise(modules: readonly TestModule[], errors: readonly SerializedError[]): Report {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
  const broken = modules.filter(
    (module) => module.state() === 'failed' && ![...module.children.allTests('failed')].length,
  );
  return {
    passed: inState('passed').length,
    failed: inState('failed').length + broken.length + errors.length,
    skipped: inState('skipped').map(describeSkip),
  };
}

function describeSkip(test: TestCase): SkippedTest {
  const result = test.result();
  return {
    test: `${test.module.relativeModuleId} > ${test.fullName}`,
    parts: test.meta().missingParts ?? [],
    note: result.state === 'skipped' ? result.note : undefined,
  };
}
