import { anyText, list, oneOf, optionalValue, positiveNumber, toggle, value } from '../../program/flags.ts';
import { timings } from '../engine/port.ts';
import { schemaFlags } from '../messages/load-schemas.ts';
import { headerFlag, mapFlag, readyFlag, targetFlag } from './parse.ts';

/** The trigger's session, where `--session` names none. */
export const ofTheTrigger = Symbol('the session of the trigger');

const expectations = ['reproduced', 'fixed'] as const;

/** What `replay start` takes. */
export const flags = {
  tape: value('a fetched tape: its id, the beginning of it, or a folder', 'TAPE', anyText, {
    required: true,
  }),
  target: list('where the service is; NAME=URL for another service of the tape', 'URL', targetFlag, {
    required: true,
  }),
  targetCa: value("authorities that vouch for an https target, in place of the system's", 'FILE', anyText),
  targetServerName: value("the name in the target's certificate; by default its host", 'NAME', anyText),
  timing: value('when payloads are sent', 'TIMING', oneOf(timings), { default: 'causal', choices: timings }),
  speed: value('recorded time is divided by it', 'FACTOR', positiveNumber, { default: '1' }),
  session: optionalValue(
    "only one session's payloads; the trigger's, if no ID is given",
    'ID',
    anyText,
    ofTheTrigger,
  ),
  expect: value('exit with 3 for any other verdict', 'VERDICT', oneOf(expectations), {
    choices: expectations,
  }),
  exec: value('start the service with this command, and stop it in the end', 'CMD', anyText),
  ready: value(
    'when the service that --exec starts is ready: tcp (where nothing is given), or a URL that answers',
    'URL',
    readyFlag,
  ),
  reset: value('run before each start of the service, to reset the state behind it', 'CMD', anyText),
  env: list(
    'a variable for --exec and --reset: NAME lets your own through, NAME=VALUE sets one',
    'NAME',
    anyText,
  ),
  header: list('set a header in every request, as NAME: VALUE', 'HEADER', headerFlag),
  map: list('replace a value wherever a request carries it', 'OLD=NEW', mapFlag),
  stepMode: toggle('send one payload at a time, by commands: forwards, backwards, up to a condition'),
  fastForward: toggle('in step mode, go back and forth without the recorded gaps'),
  ...schemaFlags,
  noMoved: toggle('send values as recorded, even where this replay brought others'),
};

export type ReplayStartFlags = typeof flags;
