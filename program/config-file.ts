import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DvrError } from '../errors/index.ts';
import { besides } from './besides.ts';
import { askShortProcess } from './short-process.ts';

/** Settings of the configuration file: flag names without their dashes, with their texts. */
export interface ConfigFile {
  readonly path: string;
  readonly settings: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads `config.yaml` of a folder, where there is one. It is parsed in a process of its own, so that a program which has
 * no other use for YAML keeps no parser. Throws `config-invalid`.
 */
export async function readConfigFile(folder: string): Promise<ConfigFile | undefined> {
  const path = join(folder, 'config.yaml');
  if (!existsSync(path)) return undefined;
  const content = await askShortProcess(besides(import.meta.url, 'yaml-process'), { path });
  const settings = new Map<string, readonly string[]>();
  if (content === null || content === undefined) return { path, settings };
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new DvrError('config-invalid', 'the configuration file is not a mapping of flag names to values', {
      where: path,
      hint: 'Write lines such as "vault: file:///srv/tapes".',
    });
  }
  for (const [name, given] of Object.entries(content)) settings.set(name, texts(given, path, name));
  return { path, settings };
}

function texts(given: unknown, path: string, name: string): readonly string[] {
  if (Array.isArray(given)) return given.flatMap((item: unknown) => texts(item, path, name));
  if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean')
    return [String(given)];
  throw new DvrError(
    'config-invalid',
    `${name} is neither a text, a number, true or false, nor a list of these`,
    {
      where: `${path} ${name}`,
    },
  );
}
