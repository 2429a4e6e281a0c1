import { existsSync } from 'node:fs';

/**
 * Runs a program: its sources in a checkout, what was built of them in an installed package (which has no sources).
 * @param {string} program the folder of the program
 */
export async function launch(program) {
  const source = new URL(`../${program}/main.ts`, import.meta.url);
  const built = new URL(`../dist/${program}/main.js`, import.meta.url);
  const { main } = await import((existsSync(source) ? source : built).href);
  process.exitCode = await main(process.argv.slice(2));
}
