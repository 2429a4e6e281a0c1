/** Imported before a program: on SIGUSR2 it tells on stderr which of Node's own modules are loaded. */
process.on('SIGUSR2', () => {
  const loaded: unknown = Reflect.get(process, 'moduleLoadList');
  process.stderr.write(`loaded: ${JSON.stringify(loaded)}\n`);
});
