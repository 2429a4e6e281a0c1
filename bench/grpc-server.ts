import { findPart } from '../test/parts/find.ts';
import { freePort } from '../test/parts/server.ts';
import type { Listening } from './haproxy.ts';
import { Measured } from './process.ts';

/** grpc-go's interoperability server: what stands behind the proxies where they relay gRPC. */
export async function startGrpcServer(): Promise<Listening> {
  const found = findPart('grpc-interop-server');
  if (found.kind !== 'program') throw new Error('grpc-interop-server was not found: npm run setup brings it');
  const port = await freePort();
  return { process: await Measured.start({ ...found.program, args: ['--port', `${port}`] }, port), port };
}
