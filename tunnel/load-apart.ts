import { besides } from '../program/besides.ts';
import { askShortProcess } from '../program/short-process.ts';
import type { TunnelConfig } from './config.ts';
import { readTunnelFile } from './read.ts';
import { asValidated, parseValidated } from './validated.ts';

/**
 * Reads a tunnel's file without keeping a YAML parser or a schema in this process: they are loaded in one that ends
 * with its answer. A file that `writeValidated` made is read at once. Throws `config-invalid`.
 */
export async function loadTunnelApart(path: string): Promise<TunnelConfig> {
  const text = readTunnelFile(path);
  return (
    parseValidated(text) ??
    asValidated(await askShortProcess(besides(import.meta.url, 'load-process'), { text, path }), path)
  );
}

/** The tunnel of nothing but defaults, likewise. */
export async function defaultTunnelApart(name: string): Promise<TunnelConfig> {
  return asValidated(await askShortProcess(besides(import.meta.url, 'load-process'), { name }), name);
}
