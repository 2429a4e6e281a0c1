import { Redis } from 'ioredis';
import { DvrError } from '../../errors/index.ts';
import type { RedisEndpoint } from '../../program/endpoint.ts';
import { serverName } from './server-name.ts';

/** An argument of a command. */
export type Argument = string | number | Buffer;

/** A committer's connection to Redis: commands by name, binary answers, errors of ours. */
export class RedisClient {
  readonly #redis: Redis;
  readonly #where: string;
  readonly #user: string;
  #connectionFault: string | undefined;

  constructor(address: RedisEndpoint) {
    const { host, port, tls, username, password, database } = address;
    this.#where = `${tls ? 'rediss' : 'redis'}://${host}:${port}`;
    this.#user = username ?? 'default';
    this.#redis = new Redis({
      host,
      port,
      db: database,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls ? { tls: serverName(host) } : {}),
      // RESP2: answers have one shape whatever the server's version.
      protocol: 2,
      lazyConnect: true,
      enableReadyCheck: false,
      connectTimeout: 5_000,
      commandTimeout: 10_000,
      maxRetriesPerRequest: 2,
      retryStrategy: (times) => Math.min(2_000, 50 * 2 ** times),
    });
    // A command that is given up says only that it was; why the connection failed is told here.
    this.#redis.on('error', (error: NodeJS.ErrnoException) => {
      this.#connectionFault = error.code ?? error.message;
    });
  }

  /** Sends a command. Throws `ledger-out-of-reach`, or `not-allowed` where the user lacks a right. */
  async call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    try {
      return await this.#redis.callBuffer(command, ...args);
    } catch (cause) {
      throw this.#failed(command, args, cause);
    }
  }

  /** Runs a script on `keys` and answers its integer. */
  async run(script: string, keys: readonly string[], ...args: readonly Argument[]): Promise<number> {
    const answer = await this.call('EVAL', script, keys.length, ...keys, ...args);
    return typeof answer === 'number' ? answer : 0;
  }

  /** Redis's clock, milliseconds. */
  async time(): Promise<number> {
    const time = await this.call('TIME');
    if (!Array.isArray(time)) throw new DvrError('ledger-out-of-reach', 'Redis did not tell its time');
    return Number(time[0]) * 1000 + Number(time[1]) / 1000;
  }

  close(): void {
    this.#redis.disconnect();
  }

  #failed(command: string, args: readonly Argument[], cause: unknown): DvrError {
    const reason = this.#reason(cause).slice(0, 200);
    const refused = `Redis refused ${command}: ${reason}`;
    const where = this.#where;
    if (/^(WRONGPASS|NOAUTH)/.test(reason)) {
      const hint = 'Check user and password in --ledger.';
      return new DvrError('not-allowed', refused, { where, hint, cause });
    }
    if (reason.startsWith('NOPERM')) {
      const key = args.find((argument) => typeof argument === 'string' && argument.startsWith('{'));
      const keys = key === undefined ? '' : `, here on the key ${key}`;
      const hint = `Give the user ${this.#user} the rights that docs/operations.md lists${keys}.`;
      return new DvrError('not-allowed', refused, { where, hint, cause });
    }
    return new DvrError('ledger-out-of-reach', `Redis did not answer ${command}: ${reason}`, {
      where: this.#where,
      hint: 'Look whether Redis runs and whether --ledger names it.',
      cause,
    });
  }

  #reason(cause: unknown): string {
    if (!(cause instanceof Error)) return 'unknown';
    const givenUp = cause.name === 'MaxRetriesPerRequestError';
    return givenUp && this.#connectionFault !== undefined ? this.#connectionFault : cause.message;
  }
}
