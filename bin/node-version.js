// This file must parse on a Node too old for the programs.

/**
 * The oldest Node that runs the programs, major and minor. 2026-11-21, from Node's changelog: replay over HTTP/2 sends
 * heads as recorded, with fields doubled that HTTP holds to be single, which `strictSingleValueFields` allows since
 * 24.15; and it reads the streams of grpc-js by the channel `http2.client.stream.created`, which came with 24.1.
 */
export const neededNode = '24.15';

/**
 * Whether a Node is too old for the programs.
 * @param {string} version as `process.versions.node` tells it: `24.15.0`
 */
export function isTooOld(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = neededNode.split('.').map(Number);
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}
