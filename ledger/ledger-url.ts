import { DvrError } from '../errors/index.ts';

/** Where a Redis listens and who we are there. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

export type LedgerAddress =
  | { readonly kind: 'memory' }
  | { readonly kind: 'redis'; readonly redis: RedisAddress };

const hint = 'Use redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], rediss://… for TLS, or memory:.';

/** Parses what `--ledger` was given. Throws `url-invalid`, which never shows the password. */
export function parseLedgerUrl(text: string): LedgerAddress {
  if (text === 'memory:') return { kind: 'memory' };
  if (!URL.canParse(text)) throw invalid('The ledger is not named by a URL');
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw invalid(`A ledger cannot have the scheme ${url.protocol}`);
  }
  if (url.hostname === '') throw invalid("The ledger's URL names no host");
  const database = url.pathname === '' || url.pathname === '/' ? '0' : url.pathname.slice(1);
  if (!/^\d{1,4}$/.test(database)) throw invalid("The path of a ledger's URL is the number of a database");
  return {
    kind: 'redis',
    redis: {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? 6379 : Number(url.port),
      tls: url.protocol === 'rediss:',
      username: url.username === '' ? undefined : credential(url.username),
      password: url.password === '' ? undefined : credential(url.password),
      database: Number(database),
    },
  };
}

function credential(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("The ledger's URL has a user or password with a wrong % escape");
  }
}

function invalid(message: string): DvrError {
  return new DvrError('url-invalid', message, { where: '--ledger', hint });
}
