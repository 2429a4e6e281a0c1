import { DvrError } from '../../errors/index.ts';
import { defineCommand } from '../../program/command.ts';
import { anyText, list } from '../../program/flags.ts';
import { painter } from '../../program/paint.ts';
import { placeOf } from '../../tunnel/finding.ts';
import { lintTunnel } from '../../tunnel/lint.ts';
import { readTunnelFile } from '../../tunnel/read.ts';

export const command = defineCommand({
  name: 'tunnel lint',
  about: 'Checks StatefulTunnels: what is wrong with them, and what is most likely not meant.',
  examples: [
    ['dvr-cli tunnel lint tunnel.yaml', 'check one'],
    ['dvr-cli tunnel lint --json k8s/*.yaml', 'check many, for a program to read'],
  ],
  flags: {},
  positionals: {
    file: list('a file of YAML or JSON with one StatefulTunnel', 'FILE', anyText, { required: true }),
  },
  json: true,
  async run({ positionals, json, color, print }) {
    const paint = painter(color);
    let errors = 0;
    for (const file of positionals.file) {
      const findings = lintTunnel(readTunnelFile(file));
      errors += findings.filter(({ severity }) => severity === 'error').length;
      if (json) print(JSON.stringify({ file, findings }));
      else if (findings.length === 0) print(`${file}: ${paint('green', 'valid')}`);
      for (const finding of json ? [] : findings) {
        const severity = paint(finding.severity === 'error' ? 'red' : 'yellow', finding.severity);
        print(`${placeOf(file, finding)}: ${severity}: ${finding.message}`);
        if (finding.hint !== undefined) print(`  ${finding.hint}`);
      }
    }
    if (errors === 0) return undefined;
    throw new DvrError('config-invalid', `${errors} ${errors === 1 ? 'error' : 'errors'} found`);
  },
});
