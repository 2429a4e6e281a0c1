import { readFileSync } from 'node:fs';
import { DvrError } from '../errors/index.ts';

const limit = 1024 * 1024;

/** The text of a tunnel's file. Throws `config-invalid` where it cannot be read or is over 1 MiB. */
export function readTunnelFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'ENOENT' ? 'there is no such file' : `the tunnel's file cannot be read (${String(code)})`;
    throw new DvrError('config-invalid', why, { where: path, cause });
  }
  if (bytes.length > limit)
    throw new DvrError('config-invalid', "the tunnel's file is over 1 MiB", { where: path });
  return bytes.toString('utf8');
}
