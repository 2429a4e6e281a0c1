export { DvrError, type DvrErrorDetails } from './dvr-error.ts';
export { type ErrorCode, type ExitCode, exitCodes } from './registry.ts';
