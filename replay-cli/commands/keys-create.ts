import { defineCommand } from '../../program/command.ts';
import { anyText, value } from '../../program/flags.ts';
import { createKeyFiles } from '../../sealing/index.ts';

export const command = defineCommand({
  name: 'keys create',
  about:
    'Makes the key pair of a ledger: interceptors seal with the public key, committers open with the private one.',
  details:
    'Files that exist are never overwritten: what was sealed for a key that is lost can never be opened. The private ' +
    'key is readable by you alone; give it to committers and nobody else.',
  examples: [['dvr-cli keys create --out keys', 'write keys/committer.pub and keys/committer.key']],
  flags: {
    out: value('the folder; it is made where it is missing', 'DIR', anyText, { required: true }),
  },
  positionals: {},
  json: true,
  async run({ flags, json, print }) {
    const { publicFile, privateFile } = await createKeyFiles(flags.out);
    if (json) print(JSON.stringify({ public_key: publicFile, private_key: privateFile }));
    else {
      print(`public key, for interceptors:  ${publicFile}`);
      print(`private key, for committers:   ${privateFile}`);
    }
    return undefined;
  },
});
