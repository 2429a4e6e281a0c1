import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DvrError } from '../errors/index.ts';
import { nearest } from './suggest.ts';

export type RedisEndpoint = {
  readonly kind: 'redis';
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
};
export type MemoryEndpoint = { readonly kind: 'memory' };
export type FileEndpoint = { readonly kind: 'file' /** Absolute. */; readonly path: string };
export type S3Endpoint = {
  readonly kind: 's3';
  readonly bucket: string;
  /** Without a slash at either end; empty for the bucket's root. */
  readonly prefix: string;
  /** The server, where it is not AWS. Buckets are then addressed by path. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
};
export type ClusterEndpoint = {
  readonly kind: 'cluster' /** Of the kubeconfig; the current one if absent. */;
  readonly context: string | undefined;
};

/** Where the ledger is. */
export type LedgerEndpoint = RedisEndpoint | MemoryEndpoint;
/** Where tapes are. */
export type VaultEndpoint = FileEndpoint | S3Endpoint | ClusterEndpoint;

/** `redis://[user:password@]host[:port][/database]`, `rediss://…`, `memory:`. */
export function parseLedgerUrl(text: string, where: string): LedgerEndpoint {
  const url = parseUrl(text, where, ledgerSchemes);
  return url.protocol === 'memory:' ? { kind: 'memory' } : redis(url, where);
}

/** `file:///path`, `s3://bucket[/prefix][?endpoint=URL&region=NAME]`, `cluster://[context]`. */
export function parseVaultUrl(text: string, where: string): VaultEndpoint {
  const url = parseUrl(text, where, vaultSchemes);
  if (url.protocol === 'file:') return file(url, where);
  if (url.protocol === 's3:') return s3(url, where);
  return { kind: 'cluster', context: decoded(url.host, where) };
}

/** The endpoint for people and logs, without its password. */
export function describeEndpoint(endpoint: LedgerEndpoint | VaultEndpoint): string {
  switch (endpoint.kind) {
    case 'memory':
      return 'memory:';
    case 'redis': {
      const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
      const database = endpoint.database === 0 ? '' : `/${endpoint.database}`;
      return `redis${endpoint.tls ? 's' : ''}://${host}:${endpoint.port}${database}`;
    }
    case 'file':
      return endpoint.path;
    case 's3': {
      const path = endpoint.prefix === '' ? '' : `/${endpoint.prefix}`;
      const server = endpoint.endpoint === undefined ? '' : ` at ${endpoint.endpoint}`;
      return `s3://${endpoint.bucket}${path}${server}`;
    }
    case 'cluster':
      return `cluster://${endpoint.context ?? ''}`;
  }
}

const ledgerSchemes = {
  'redis:': 'redis://HOST:6379',
  'rediss:': 'rediss://HOST:6379',
  'memory:': 'memory:',
} as const;

const vaultSchemes = {
  'file:': 'file:///PATH',
  's3:': 's3://BUCKET/PREFIX?endpoint=URL&region=NAME',
  'cluster:': 'cluster://CONTEXT',
} as const;

function parseUrl(text: string, where: string, schemes: Readonly<Record<string, string>>): URL {
  // What no backend serves yet is known, and not proposed.
  const forms = Object.values(schemes)
    .filter((form) => form !== vaultSchemes['cluster:'])
    .join(', ');
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || isAbsolute(text)) {
    const hint = isAbsolute(text) && 'file:' in schemes ? `Write file://${text}` : `Write one of ${forms}`;
    throw new DvrError('url-invalid', `${where} is not a URL`, { where, hint });
  }
  if (!(scheme in schemes)) {
    const near = nearest(scheme, Object.keys(schemes));
    throw new DvrError('url-invalid', `${where} cannot begin with ${scheme}`, {
      where,
      hint: near === undefined ? `Write one of ${forms}` : `Did you mean ${schemes[near]}?`,
    });
  }
  const url = URL.parse(text);
  if (url === null)
    throw new DvrError('url-invalid', `${where} is not a valid URL`, {
      where,
      hint: `Write ${schemes[scheme]}`,
    });
  return url;
}

function redis(url: URL, where: string): RedisEndpoint {
  const database = url.pathname.replace(/^\//, '');
  if (url.hostname === '') {
    throw new DvrError('url-invalid', `${where} names no host`, {
      where,
      hint: `Write ${ledgerSchemes['redis:']}`,
    });
  }
  if (!/^\d{0,4}$/.test(database)) {
    throw new DvrError('url-invalid', `${where} has a database that is not a number`, {
      where,
      hint: 'Write for example redis://HOST:6379/0',
    });
  }
  rejectParameters(url, where, []);
  return {
    kind: 'redis',
    tls: url.protocol === 'rediss:',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    username: decoded(url.username, where),
    password: decoded(url.password, where),
    database: Number(database),
  };
}

function file(url: URL, where: string): FileEndpoint {
  if (url.host !== '') {
    throw new DvrError('url-invalid', `${where} names the host ${url.host}; files are of this machine`, {
      where,
      hint: `Write three slashes: file:///${url.host}${url.pathname}`,
    });
  }
  rejectParameters(url, where, []);
  try {
    return { kind: 'file', path: fileURLToPath(url) };
  } catch (cause) {
    throw new DvrError('url-invalid', `${where} is not a path of this system`, { where, cause });
  }
}

function s3(url: URL, where: string): S3Endpoint {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.host)) {
    throw new DvrError('url-invalid', `${where} names no valid bucket`, {
      where,
      hint: `Write ${vaultSchemes['s3:']}`,
    });
  }
  rejectParameters(url, where, ['endpoint', 'region']);
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  const server = endpoint === undefined ? undefined : URL.parse(endpoint);
  if (server === null || (server !== undefined && !/^https?:$/.test(server.protocol))) {
    throw new DvrError('url-invalid', `${where} has an endpoint that is not an http(s) URL`, {
      where,
      hint: 'Write for example s3://tapes/qa?endpoint=http://127.0.0.1:9000&region=us-east-1',
    });
  }
  return {
    kind: 's3',
    bucket: url.host,
    prefix: (decoded(url.pathname, where) ?? '').replace(/^\/+|\/+$/g, ''),
    endpoint: server?.href.replace(/\/$/, ''),
    region: url.searchParams.get('region') ?? undefined,
  };
}

function decoded(text: string, where: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new DvrError('url-invalid', `${where} holds a % that escapes nothing`, {
      where,
      hint: 'Write %25 for a percent sign.',
      cause,
    });
  }
}

function rejectParameters(url: URL, where: string, known: readonly string[]): void {
  for (const name of url.searchParams.keys()) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new DvrError(
      'url-invalid',
      `${where} has the unknown parameter ${JSON.stringify(name.slice(0, 40))}`,
      {
        where,
        ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
      },
    );
  }
}
