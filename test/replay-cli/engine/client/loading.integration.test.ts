import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reachableFrom } from '../../../architecture/graph.ts';
import { readModules } from '../../../architecture/imports.ts';
import { mayImport, shared } from '../../../architecture/rules.ts';

it('grpc-js is loaded by a replay for a tape that has calls, and for no other', () => {
  const root = join(import.meta.dirname, '..', '..', '..', '..');
  const modules = readModules(root, [...shared, ...Object.keys(mayImport)]);
  const loaded = new Map([...modules].map(([path, { loaded: all }]) => [path, all]));
  const later = new Map([...modules].map(([path, { loaded: all, lazy }]) => [path, [...all, ...lazy]]));
  expect(reachableFrom('replay-cli/commands/replay-start.ts', loaded)).not.toContain('@grpc/grpc-js');
  expect(reachableFrom('replay-cli/commands/replay-start.ts', later)).toContain('@grpc/grpc-js');
});
