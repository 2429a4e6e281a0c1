import type { AppenderCounters, LedgerAppender } from '../ledger/port.ts';
import type { Log } from '../program/log.ts';

const everyMs = 1_000;
/** The ledger keeps up again after so many looks without a drop. */
const quietLooks = 10;

type Standing = 'in reach' | 'out of reach' | 'refusing' | 'too slow';

export interface WatchedLedger {
  readonly appender: Pick<LedgerAppender, 'counters'>;
  /** For people: `redis://cache:6379`. */
  readonly name: string;
  /** What the keys of the streams begin with, and the user must have the rights to. */
  readonly namespace: string;
}

/** Logs when the ledger goes out of reach, refuses or is too slow, and when that is over. Stops when disposed of. */
export function watchLedger({ appender, name, namespace }: WatchedLedger, log: Log): Disposable {
  let stood: Standing | undefined;
  let dropped = 0;
  let quiet = quietLooks;
  const look = (): void => {
    const counters = appender.counters;
    const { problem, droppedBytes } = counters;
    quiet = droppedBytes > dropped ? 0 : quiet + 1;
    dropped = droppedBytes;
    const stands = standing(counters, quiet < quietLooks, stood);
    if (stands === stood) return;
    stood = stands;
    if (stands === 'in reach') log.info(`the ledger ${name} is in reach and takes writes`, { droppedBytes });
    else log.warn(message(stands, name), { problem, droppedBytes, hint: hint(problem, namespace) });
  };
  const timer = setInterval(look, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** After the ledger was out of reach or refused, what was dropped then is no sign that it is slow now. */
function standing({ reachable, problem }: AppenderCounters, drops: boolean, stood?: Standing): Standing {
  if (!reachable) return 'out of reach';
  if (problem !== undefined) return 'refusing';
  return drops && (stood === 'in reach' || stood === 'too slow') ? 'too slow' : 'in reach';
}

function message(stands: Exclude<Standing, 'in reach'>, name: string): string {
  switch (stands) {
    case 'out of reach':
      return `the ledger ${name} is out of reach; traffic passes and is lost to the tape`;
    case 'refusing':
      return `the ledger ${name} refuses what is recorded; traffic passes and is lost to the tape`;
    case 'too slow':
      return `the ledger ${name} does not keep up; traffic passes and some of it is lost to the tape`;
  }
}

function hint(problem: string | undefined, namespace: string): string | undefined {
  if (problem === undefined) return undefined;
  if (/^(WRONGPASS|NOAUTH)/.test(problem)) return 'Check user and password in --ledger.';
  if (problem.startsWith('NOPERM')) {
    return (
      `Give the interceptors' user XADD, EXPIRE and PING on keys that begin with {${namespace}/ (metadata.namespace ` +
      'of --config), with the key patterns that docs/operations.md lists.'
    );
  }
  if (problem.startsWith('OOM')) return 'Raise maxmemory of Redis, or lower capture.ledger_budget.';
  return undefined;
}
