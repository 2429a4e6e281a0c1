import { DvrError } from '../../errors/index.ts';
import { codeOf, type FileFault } from '../../vault/filesystem/fault.ts';

/** What failed on the developer's own disk: `output-failed`. */
export const localFault: FileFault = (operation, path, cause) => {
  if (cause instanceof DvrError) return cause;
  return new DvrError('output-failed', `cannot ${operation} ${path}: ${codeOf(cause) ?? 'unknown error'}`, {
    where: path,
    hint: 'Look whether the disk has room and the folder is yours; XDG_DATA_HOME names another.',
    cause,
  });
};
