import { answerParent } from '../../program/short-process.ts';
import { loadGateway } from './load.ts';

/** Answers `{text, path}` of a file with the configuration in it. */
answerParent((task) => {
  if (typeof task !== 'object' || task === null || !('text' in task) || !('path' in task)) {
    throw new TypeError('the process was given no task');
  }
  const { text, path } = task;
  if (typeof text === 'string' && typeof path === 'string') return loadGateway(text, path);
  throw new TypeError('the process was given no configuration');
});
