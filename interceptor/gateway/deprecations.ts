/** `util._extend`, which http-proxy 1.18 uses. */
const ofHttpProxy = 'DEP0060';

/** Keeps Node from warning of what http-proxy uses: nothing that whoever runs this could mend. */
export function silenceHttpProxy(): void {
  const { emitWarning } = process;
  process.emitWarning = (...told: unknown[]) => {
    if (!told.includes(ofHttpProxy)) Reflect.apply(emitWarning, process, told);
  };
}
