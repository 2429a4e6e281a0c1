#!/usr/bin/env node
// This file must parse on a Node too old for the program, so that it can say so.
if (parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    'dvr-interceptor needs Node.js 24 or newer, and this is ' +
      process.version +
      '.\nInstall a newer one from https://nodejs.org/ or with your version manager, then run dvr-interceptor again.\n',
  );
  process.exitCode = 2;
} else {
  import('./launch.js').then((launcher) => launcher.launch('interceptor'));
}
