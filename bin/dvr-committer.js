#!/usr/bin/env node
// This file must parse on a Node too old for the program, so that something can be done about it.
import { isTooOld } from './node-version.js';

if (isTooOld(process.versions.node)) {
  import('./older-node.js').then((older) => older.runElsewhere('dvr-committer'));
} else {
  import('./launch.js').then((launcher) => launcher.launch('committer'));
}
