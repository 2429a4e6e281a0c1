export { type BatchLabel, readBatchLabel } from './batch-envelope.ts';
export { BatchOpener, type OpenedBatch } from './batch-opener.ts';
export { BatchSealer, discardBatch, type SealedBatch } from './batch-sealer.ts';
export { createKeyFiles, keyFileNames, readOpeningKey, readSealingKey } from './key-files.ts';
export {
  generateKeyPair,
  type KeyPairPem,
  type OpeningKey,
  parseOpeningKey,
  parseSealingKey,
  purposeKey,
  type SealingKey,
} from './keys.ts';
export { isForAnotherKey, openMessage, sealMessage } from './message-seal.ts';
