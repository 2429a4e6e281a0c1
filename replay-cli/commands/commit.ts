import { DvrError } from '../../errors/index.ts';
import { encodeCommitRequest } from '../../ledger/commit-request.ts';
import { ledgerKeys } from '../../ledger/names.ts';
import { publishCommit } from '../../ledger/redis/publish-commit.ts';
import { type ListenAddress, parseListen } from '../../program/address.ts';
import { defineCommand } from '../../program/command.ts';
import { type LedgerEndpoint, parseLedgerUrl, type RedisEndpoint } from '../../program/endpoint.ts';
import { anyText, value } from '../../program/flags.ts';
import { readSealingKey, sealMessage } from '../../sealing/index.ts';
import { loadTunnelApart } from '../../tunnel/load-apart.ts';

const answerDeadlineMs = 5_000;

export const command = defineCommand({
  name: 'commit',
  about: 'Asks for a tape of the last minutes by hand, without waiting for a trigger.',
  details:
    'Either of a running `dvr-cli record`, by its admin port, or of a ledger in Redis. The committer logs the id.',
  examples: [
    ['dvr-cli commit --admin 9090', 'of the recording on this machine'],
    [
      'dvr-cli commit --config tunnel.yaml --ledger redis://redis:6379 --public-key committer.pub',
      'of every pod of a tunnel',
    ],
  ],
  flags: {
    admin: value('the admin port of a running recording', '[HOST:]PORT', parseListen),
    config: value('the StatefulTunnel', 'FILE', anyText),
    ledger: value('the ledger', 'URL', parseLedgerUrl),
    publicKey: value("the committers' public key", 'FILE', anyText),
    pod: value('one pod; by default all that wrote in the window', 'NAME', anyText),
  },
  positionals: {},
  json: true,
  async run(invocation) {
    const { flags, json, print } = invocation;
    const { admin, ledger, config, publicKey, pod = '' } = flags;
    if (admin !== undefined && ledger === undefined) await askRecording(admin, invocation.signal);
    else if (admin === undefined && config !== undefined && publicKey !== undefined) {
      await askLedger(redisOnly(ledger), config, publicKey, pod);
    } else throw unclear();
    print(json ? JSON.stringify({ requested: true }) : 'A commit was requested.');
    return undefined;
  },
});

async function askLedger(
  ledger: RedisEndpoint,
  config: string,
  publicKey: string,
  pod: string,
): Promise<void> {
  const { namespace, name } = await loadTunnelApart(config);
  const tunnel = { namespace, tunnel: name };
  const content = encodeCommitRequest({
    trigger: 'manual',
    fingerprint: 'manual',
    detail: '',
    instance: '',
    pod,
    at: { process: 0, wallMs: Date.now() },
    scope: 'tunnel',
  });
  const recipient = await readSealingKey(publicKey);
  await publishCommit(ledger, tunnel, sealMessage(content, ledgerKeys.commits(tunnel), recipient));
}

async function askRecording({ host = '127.0.0.1', port }: ListenAddress, signal: AbortSignal): Promise<void> {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  let response: Response;
  try {
    response = await fetch(`http://${where}/commit`, {
      method: 'POST',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerDeadlineMs)]),
    });
  } catch (cause) {
    const hint = 'Start dvr-cli record with --admin, and name the same port here.';
    throw new DvrError('target-out-of-reach', `no recording answers on ${where}`, { where, hint, cause });
  }
  await response.body?.cancel();
  if (response.ok) return;
  throw new DvrError('not-allowed', `what listens on ${where} takes no commits (${response.status})`, {
    where,
    hint: 'Name the admin port of dvr-cli record. A sidecar is asked by way of --ledger.',
  });
}

function redisOnly(ledger: LedgerEndpoint | undefined): RedisEndpoint {
  if (ledger?.kind === 'redis') return ledger;
  throw unclear();
}

function unclear(): DvrError {
  return new DvrError('usage', 'it is not clear which recording is meant', {
    hint: 'Give --admin PORT for a recording on this machine, or --config, --ledger redis://… and --public-key.',
  });
}
