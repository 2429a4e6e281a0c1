/** The URL of the module `name` beside the module at `base`: `.ts` in the sources, `.js` when built. */
export function besides(base: string, name: string): URL {
  return new URL(`./${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}
