import { existsSync } from 'node:fs';

/**
 * Runs a program: its sources in a checkout, what was built of them in an installed package (which has no sources).
 * @param {string} program the folder of the program
 * @param {readonly string[]} parts first words that name a program of their own, in a folder of that folder
 */
export async function launch(program, parts = []) {
  const words = process.argv.slice(2);
  const part = parts.find((name) => name === words[0]);
  const folder = part === undefined ? program : `${program}/${part}`;
  const source = new URL(`../${folder}/main.ts`, import.meta.url);
  const built = new URL(`../dist/${folder}/main.js`, import.meta.url);
  const { main } = await import((existsSync(source) ? source : built).href);
  process.exitCode = await main(part === undefined ? words : words.slice(1));
}
