import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main } from '../../../replay-cli/main.ts';
import { encodeManifest } from '../../../tape/codec/manifest-codec.ts';
import type { Manifest } from '../../../tape/manifest.ts';
import { parseTapeId } from '../../../tape/tape-id.ts';
import { openVaultWriter } from '../../../vault/open-vault.ts';
import { captured } from '../../program/sample-surroundings.ts';
import { type ExchangeSketch, sketchExchange, statusMark, writeTape } from '../../tape/make-tape.ts';

/** Two payloads, as in the contract. */
export const contractTape: readonly ExchangeSketch[] = [
  { start: 0, end: 12, method: 'POST', target: '/api/v2/checkout/init', responseBody: '{"cart":1}' },
  {
    start: 20,
    end: 70,
    message: 1,
    method: 'POST',
    target: '/api/v2/checkout/process_payment',
    status: 500,
    triggers: [statusMark('POST', '/api/v2/checkout/process_payment', 500, 70)],
  },
];

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with a vault and a home of its own, in which commands run. */
export class TapeWorld implements AsyncDisposable {
  readonly folder: string;
  readonly vault: string;
  readonly tapes: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.vault = join(folder, 'vault');
    this.tapes = join(folder, 'data', 'dvr', 'tapes');
  }

  static async make(): Promise<TapeWorld> {
    return new TapeWorld(await mkdtemp(join(tmpdir(), 'dvr-world-')));
  }

  get vaultUrl(): string {
    return pathToFileURL(this.vault).href;
  }

  /** Puts a tape into the vault, as a committer does. */
  async commit(
    id = 'tape-id-7889A-crash',
    sketches: readonly ExchangeSketch[] = contractTape,
    overrides: Partial<Manifest> = {},
  ): Promise<Manifest> {
    const tapeId = parseTapeId(id)!;
    const namespace = overrides.namespace ?? 'payment-services';
    const writer = await openVaultWriter({ kind: 'file', path: this.vault });
    const open = (name: string) => writer.openPart(namespace, tapeId, `attempt-1/${name}`);
    const manifest = await writeTape(open, sketches.map(sketchExchange), { id, ...overrides });
    await writer.nameTape(namespace, tapeId);
    await writer.publish(namespace, tapeId, encodeManifest(manifest));
    return manifest;
  }

  /** Runs `dvr-cli` here, with this vault configured. */
  async run(argv: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    const around = captured({
      XDG_DATA_HOME: join(this.folder, 'data'),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      DVR_VAULT: this.vaultUrl,
      ...env,
    });
    const code = await main(argv, around, 'dvr-cli');
    return { code, out: around.out(), err: around.err() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
