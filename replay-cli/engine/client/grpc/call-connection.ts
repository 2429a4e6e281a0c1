import { isIPv6 } from 'node:net';
import { type ChannelOptions, Client, connectivityState, credentials, Metadata } from '@grpc/grpc-js';
import type { TargetAddress } from '../../../../program/address.ts';
import type { HeaderField } from '../../../../tape/exchange.ts';
import { decodeBinary } from '../../../../wire/grpc/metadata.ts';
import type { ClientConnection } from '../connections.ts';
import type { TargetTls } from '../target-socket.ts';
import type { RawCall } from './call-outlet.ts';
import { ownFields } from './why-not.ts';

/** What the calls of one connection have in common. */
export interface CallSettings {
  /** Of the recorded client; grpc-js adds its own behind it. */
  readonly userAgent: string | undefined;
  /** The number of a compression in grpc-js. */
  readonly compression: number;
}

const options: ChannelOptions = {
  // A connection of its own for each recorded one, and no other way than the one to the target.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': 4 * 1024 * 1024,
};
const connectDeadlineMs = 10_000;

/** One connection of grpc-js to a target, and the calls on it. */
export class CallConnection implements ClientConnection {
  readonly settings: CallSettings;
  readonly #client: Client;
  #wasReady = false;
  #dropped = false;
  #open = 0;

  constructor(target: TargetAddress, tls: TargetTls, settings: CallSettings) {
    this.settings = settings;
    const { userAgent, compression } = settings;
    this.#client = new Client(
      addressOf(target),
      target.tls ? credentials.createSsl(tls.ca ?? null) : credentials.createInsecure(),
      {
        ...options,
        ...(tls.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
        ...(userAgent === undefined ? {} : { 'grpc.primary_user_agent': userAgent }),
        ...(compression === 0 ? {} : { 'grpc.default_compression_algorithm': compression }),
      },
    );
    // Asking for the state with `true` is what opens the connection.
    this.#client.getChannel().getConnectivityState(true);
  }

  /** False also where the service has ended a connection that was there: another stands for the recorded one then. */
  get usable(): boolean {
    return !this.#dropped && (!this.#wasReady || this.isConnected);
  }

  get open(): number {
    return this.#open;
  }

  get isConnected(): boolean {
    const isReady = this.#client.getChannel().getConnectivityState(false) === connectivityState.READY;
    this.#wasReady ||= isReady;
    return isReady;
  }

  /** Resolves when connected; rejects when the target refused, or did not answer in time. */
  async connected(): Promise<void> {
    const channel = this.#client.getChannel();
    const deadline = Date.now() + connectDeadlineMs;
    for (
      let state = channel.getConnectivityState(true);
      !this.isConnected;
      state = channel.getConnectivityState(true)
    ) {
      if (
        state === connectivityState.TRANSIENT_FAILURE ||
        state === connectivityState.SHUTDOWN ||
        this.#dropped
      )
        throw new Error('the target refused the connection');
      await new Promise<void>((resolve, reject) =>
        channel.watchConnectivityState(state, deadline, (error) =>
          error === undefined ? resolve() : reject(error),
        ),
      );
    }
  }

  /** Begins a call; it counts as open until it has its status. */
  call(path: string, fields: readonly HeaderField[]): RawCall {
    const host = fields.find(([name]) => name === ':authority')?.[1];
    this.#open++;
    const call: RawCall = this.#client.makeBidiStreamRequest(path, asIs, asIs, metadataOf(fields), {
      ...(host === undefined ? {} : { host }),
    });
    call.once('status', () => {
      this.#open--;
    });
    return call;
  }

  end(): void {
    this.#client.close();
    this.#dropped = true;
  }

  drop(): void {
    this.end();
  }
}

function asIs(message: Uint8Array): Buffer {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

/** The scheme keeps grpc-js from asking anything but the system's own resolver. */
function addressOf({ host, port }: TargetAddress): string {
  if (isIPv6(host)) return `ipv6:[${host}]:${port}`;
  return /^[\d.]+$/.test(host) ? `ipv4:${host}:${port}` : `dns:${host}:${port}`;
}

/** The metadata of a call. The deadline goes as it was recorded; grpc-js does not read it. */
function metadataOf(fields: readonly HeaderField[]): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of fields) {
    if (name.startsWith(':') || ownFields.has(name)) continue;
    if (!name.endsWith('-bin')) metadata.add(name, value);
    else for (const bytes of decodeBinary(value) ?? []) metadata.add(name, Buffer.from(bytes));
  }
  return metadata;
}
