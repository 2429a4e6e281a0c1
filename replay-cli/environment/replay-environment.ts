import { readFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DvrError } from '../../errors/index.ts';
import type { Manifest } from '../../tape/manifest.ts';
import { withheldVariables } from './withheld.ts';

/** The file beside the manifest; made by `fetch`, and not part of the tape. */
export const environmentName = 'environment.json';

const schema = z.strictObject({
  format: z.literal(1),
  service: z.string(),
  variables: z.union([z.literal('unknown'), z.record(z.string(), z.string())]),
});

/**
 * What is known of the recorded service's environment: its variables with mock values, or `unknown` where nothing
 * supplied them.
 */
export type ReplayEnvironment = z.infer<typeof schema>;

/**
 * Where tools look for credentials by default, in the home folder, once no variable names them: pointed at nothing, so
 * that what was withheld as a variable does not come in as a file.
 */
const pointedAway: Readonly<Record<string, string>> = {
  KUBECONFIG: devNull,
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
  CLOUDSDK_CONFIG: devNull,
  AZURE_CONFIG_DIR: devNull,
};

/** What `fetch` knows of the environment of a tape's primary service. */
export function environmentOf(manifest: Manifest): ReplayEnvironment {
  return { format: 1, service: manifest.primary, variables: 'unknown' };
}

/** Reads `environment.json` of a tape's folder; `undefined` where there is none. Throws `tape-damaged`. */
export async function readEnvironment(folder: string): Promise<ReplayEnvironment | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, environmentName), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DvrError('tape-damaged', `${environmentName} is not one that fetch writes`, {
      where: environmentName,
      hint: 'Fetch the tape again, or mend the file.',
      cause,
    });
  }
}

/**
 * The variables for a service that a replay starts: the developer's own without what is withheld, then those of the
 * recorded service, then what `--env` lets through (`NAME`) or sets (`NAME=VALUE`). Throws `usage` for a name that is
 * not set.
 */
export function applyEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  recorded: ReplayEnvironment | undefined,
  letThrough: readonly string[],
): Record<string, string> {
  const withheld = new Set(withheldVariables(own).map(({ name }) => name));
  const variables: Record<string, string> = {};
  for (const [name, text] of Object.entries(own)) {
    if (text !== undefined && !withheld.has(name)) variables[name] = text;
  }
  Object.assign(variables, pointedAway);
  if (recorded !== undefined && recorded.variables !== 'unknown')
    Object.assign(variables, recorded.variables);
  for (const setting of letThrough) {
    const [name, text] = readSetting(setting, own);
    variables[name] = text;
  }
  return variables;
}

function readSetting(
  setting: string,
  own: Readonly<Record<string, string | undefined>>,
): readonly [name: string, text: string] {
  const equals = setting.indexOf('=');
  if (equals > 0) return [setting.slice(0, equals), setting.slice(equals + 1)];
  const text = own[setting];
  if (text !== undefined) return [setting, text];
  throw new DvrError('usage', `--env names ${JSON.stringify(setting)}, which is not set`, {
    where: '--env',
    hint: 'Set it, or give its value: --env NAME=VALUE.',
  });
}
