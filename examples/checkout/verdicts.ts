import { dvrCli, freePort } from './programs.ts';

/** One way to replay the tape. */
export interface Way {
  readonly name: string;
  readonly flags: readonly string[];
  /** How the verdict begins that is expected of it. */
  readonly expected: string;
}

/** The three ways that tell a race from a service that is just broken, and a cure from luck. */
export const ways: readonly Way[] = [
  { name: 'recorded timing', flags: [], expected: 'Reproduced' },
  { name: 'no gaps', flags: ['--timing', 'fast'], expected: 'Not reproduced; this shows no fix' },
  { name: 'recorded timing, with the lock', flags: ['--env', 'LOCK=1'], expected: 'Fixed' },
];

export interface Judged {
  /** The command that was run, as a user would type it. */
  readonly command: string;
  /** The first line of what it printed. */
  readonly verdict: string;
  readonly stdout: string;
  /** The largest lateness of a payload, as printed. */
  readonly late: string;
}

const tries = 3;

/** Replays a tape all ways, and tells of each. Resolves with whether every verdict was as expected, in a few tries. */
export async function judgeAll(
  tape: string,
  all: readonly Way[],
  service: string,
  env: Readonly<Record<string, string>>,
  say: (text: string) => void,
): Promise<boolean> {
  let right = true;
  for (const way of all) right = (await judgeOne(tape, way, service, env, say)) && right;
  return right;
}

async function judgeOne(
  tape: string,
  way: Way,
  service: string,
  env: Readonly<Record<string, string>>,
  say: (text: string) => void,
): Promise<boolean> {
  for (let at = 1; at <= tries; at++) {
    const { command, verdict, late } = await judge(tape, way, env, service);
    if (at === 1) say(`$ ${command}`);
    say(verdict);
    if (verdict.startsWith(way.expected)) return true;
    say(
      `   (Expected was «${way.expected}». A payload was ${late} late: a busy machine moves gaps. Try ${at} of ${tries}.)`,
    );
  }
  return false;
}

/** Replays a tape against a service of the demo, which is started for it. */
export async function judge(
  tape: string,
  { flags }: Way,
  env: Readonly<Record<string, string>>,
  service = 'checkout',
): Promise<Judged> {
  const port = await freePort();
  const target = ['--target', `http://127.0.0.1:${port}`, '--exec', `${service} --port ${port}`];
  const args = ['replay', 'start', '--tape', tape, ...target, ...flags];
  const { stdout, stderr } = await dvrCli(args, env);
  const [verdict = ''] = stdout.split('\n');
  return {
    command: `dvr-cli ${args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg)).join(' ')}`,
    verdict: verdict === '' ? stderr.trim() : verdict,
    stdout,
    late: /Send error:.* max ([^,\n]*)/.exec(stdout)?.[1] ?? 'unknown',
  };
}
