import { DvrError } from '../../errors/index.ts';

/** Turns what a file operation threw into what the user is told. */
export type FileFault = (operation: string, path: string, cause: unknown) => DvrError;

const refusals = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The error code of Node's file operations; `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The fault of a vault in a folder: `not-allowed` where the system refuses, else `vault-out-of-reach`. */
export const vaultFault: FileFault = (operation, path, cause) => {
  if (cause instanceof DvrError) return cause;
  const code = codeOf(cause);
  if (code === undefined) throw cause;
  const message = `the vault cannot ${operation} ${path}: ${code}`;
  if (refusals.has(code)) {
    const hint = 'Give this user the right to the folder, or name another vault.';
    return new DvrError('not-allowed', message, { where: path, hint, cause });
  }
  const hint = 'Look whether the disk is mounted and has room, or name another vault.';
  return new DvrError('vault-out-of-reach', message, { where: path, hint, cause });
};
