/** How the tests come by a server or tool that is not an npm package. */
export interface Part {
  /** The program's name on the PATH. */
  readonly program: string;
  /** Environment variable with the URL of one that runs already. */
  readonly urlVariable?: string;
  /** Debian packages that hold the program. */
  readonly debian?: readonly string[];
  /** Go package and version that builds the program. */
  readonly go?: string;
  /** Container image, its port, and how its URL reads. */
  readonly image?: ContainerImage;
}

export interface ContainerImage {
  readonly name: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** What a test needs to use it, as environment variables. */
  readonly exports: (host: string, port: number) => Readonly<Record<string, string>>;
}

/**
 * Every part that a test can ask for by name. `redis`, `s3` and `postgres` are satisfied by one that somebody else runs;
 * `redis-server` and `s3-server` are programs that the test may start with options of its own, stop and pause.
 */
export const catalogue = {
  redis: {
    program: 'redis-server',
    urlVariable: 'DVR_TEST_REDIS_URL',
    image: {
      name: 'redis:7',
      port: 6379,
      environment: {},
      command: [],
      exports: (host, port) => ({ DVR_TEST_REDIS_URL: `redis://${host}:${port}` }),
    },
  },
  'redis-server': { program: 'redis-server', debian: ['redis-server'] },
  s3: {
    program: 'versitygw',
    urlVariable: 'DVR_TEST_S3_URL',
    image: {
      name: 'versity/versitygw:v1.8.0',
      port: 7070,
      environment: { ROOT_ACCESS_KEY: 'test-access', ROOT_SECRET_KEY: 'test-secret' },
      command: ['--port', ':7070', 'posix', '/tmp'],
      exports: (host, port) => ({
        DVR_TEST_S3_URL: `s3://dvr-tests?endpoint=http://${host}:${port}&region=us-east-1`,
        AWS_ACCESS_KEY_ID: 'test-access',
        AWS_SECRET_ACCESS_KEY: 'test-secret',
      }),
    },
  },
  's3-server': { program: 'versitygw', go: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0' },
  postgres: {
    program: 'postgres',
    urlVariable: 'DVR_TEST_POSTGRES_URL',
    debian: ['postgresql-15'],
    image: {
      name: 'postgres:15',
      port: 5432,
      environment: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
      command: [],
      exports: (host, port) => ({ DVR_TEST_POSTGRES_URL: `postgres://postgres@${host}:${port}/postgres` }),
    },
  },
  haproxy: { program: 'haproxy', debian: ['haproxy'] },
  wrk: { program: 'wrk', debian: ['wrk'] },
  gdb: { program: 'gdb', debian: ['gdb'] },
  nghttpd: { program: 'nghttpd', debian: ['nghttp2-server'] },
  nghttp: { program: 'nghttp', debian: ['nghttp2-client'] },
  nghttpx: { program: 'nghttpx', debian: ['nghttp2-proxy'] },
  h2load: { program: 'h2load', debian: ['nghttp2-client'] },
  nginx: { program: 'nginx', debian: ['nginx-light', 'nginx-common'] },
  curl: { program: 'curl', debian: ['curl'] },
  openssl: { program: 'openssl', debian: ['openssl'] },
  'grpc-interop-client': {
    program: 'grpc-interop-client',
    go: 'google.golang.org/grpc/interop/client@v1.76.0',
  },
  'grpc-interop-server': {
    program: 'grpc-interop-server',
    go: 'google.golang.org/grpc/interop/server@v1.76.0',
  },
  'c-compiler': { program: 'cc' },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof catalogue;

/** What the set-up of `npm test` brings; a server of the test's own comes before one that is shared. */
export const testParts: readonly PartName[] = [
  'redis-server',
  'redis',
  'gdb',
  'c-compiler',
  's3-server',
  's3',
  'postgres',
  'nghttpd',
  'nghttp',
  'nghttpx',
  'h2load',
  'nginx',
  'curl',
  'openssl',
  'grpc-interop-client',
  'grpc-interop-server',
];

/** What the set-up of `npm run bench` brings. */
export const benchParts: readonly PartName[] = [
  'redis-server',
  'haproxy',
  'wrk',
  'h2load',
  'grpc-interop-server',
];

/** The recipe of a part, as its interface. */
export function recipeOf(name: PartName): Part {
  return catalogue[name];
}
