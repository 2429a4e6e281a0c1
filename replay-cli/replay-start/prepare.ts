import type { TargetAddress } from '../../program/address.ts';
import type { Invocation } from '../../program/command.ts';
import { openTapeFolder } from '../../vault/filesystem/tape-folder.ts';
import type { ReplayOptions } from '../engine/replay.ts';
import { triggerSession } from '../engine/scope.ts';
import { splitWords } from '../engine/service/split-words.ts';
import { applyEnvironment, readEnvironment } from '../environment/replay-environment.ts';
import { resolveTape } from '../local-tapes.ts';
import { loadSchemas } from '../messages/load-schemas.ts';
import { ofTheTrigger, type ReplayStartFlags } from './flags.ts';
import { targetsByService } from './parse.ts';
import { targetTls } from './target-tls.ts';

/** A replay that can be opened, and what its report needs to know. */
export interface PreparedReplay {
  readonly options: ReplayOptions;
  readonly target: TargetAddress;
  /** Whether the service's variables are those of the recorded one, as far as a replay has a say in it. */
  readonly environmentKnown: boolean;
}

/** How long a service may take to be ready, milliseconds. */
const readyWithinMs = 60_000;
/** How much longer than recorded a response may take where nobody steps, milliseconds. */
const patienceMs = 60_000;

/** Reads what the user asked for and opens the tape. Throws before anything is started or sent. */
export async function prepareReplay(invocation: Invocation<ReplayStartFlags>): Promise<PreparedReplay> {
  const { flags, folders, around } = invocation;
  const exec = flags.exec === undefined ? undefined : splitWords(flags.exec, '--exec');
  const reset = flags.reset === undefined ? undefined : splitWords(flags.reset, '--reset');
  const folder = await resolveTape(flags.tape, folders.tapes, around.cwd, '--tape');
  const recorded = await readEnvironment(folder);
  const environment = applyEnvironment(around.env, recorded, flags.env);
  const tape = await openTapeFolder(folder);
  try {
    const { primary, services } = tape.manifest;
    const targets = targetsByService(
      flags.target,
      primary,
      services.map(({ name }) => name),
    );
    const target = targets.get(primary);
    if (target === undefined) throw new Error('the primary service has a target');
    const session = flags.session === ofTheTrigger ? await triggerSession(tape) : flags.session;
    const readiness = flags.ready ?? { kind: 'tcp' };
    const options: ReplayOptions = {
      tape,
      schemas: await loadSchemas(tape, flags),
      targets,
      tls: await targetTls(flags, [...targets.values()]),
      ...(session === undefined ? {} : { session }),
      moved: !flags.noMoved,
      byHand: { headers: flags.header, map: new Map(flags.map) },
      patienceMs: flags.stepMode ? Number.POSITIVE_INFINITY : patienceMs,
      ...(exec === undefined ? {} : { exec: { command: exec, readiness, readyWithinMs } }),
      ...(reset === undefined ? {} : { reset }),
      environment,
      cwd: around.cwd,
      output: around.stderr,
    };
    const known = exec === undefined || (recorded !== undefined && recorded.variables !== 'unknown');
    return { options, target, environmentKnown: known };
  } catch (error) {
    await tape.close();
    throw error;
  }
}
