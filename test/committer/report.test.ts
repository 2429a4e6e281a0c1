import { describe, expect, test } from 'vitest';
import { adminPaths } from '../../committer/admin-paths.ts';
import { CommitterMetrics } from '../../committer/metrics.ts';
import { reportTo } from '../../committer/report.ts';
import { DvrError } from '../../errors/index.ts';
import { AdminServer } from '../../program/admin-server.ts';
import type { Log } from '../../program/log.ts';
import type { TapeId } from '../../tape/tape-id.ts';

function world() {
  const lines: string[] = [];
  const write = (message: string): number => lines.push(message);
  const log: Log = { debug: write, info: write, warn: write, error: write, fault: write };
  const metrics = new CommitterMetrics();
  return { lines, metrics, events: reportTo(log, metrics) };
}

describe("a committer's report", () => {
  test('counts what happened, for Prometheus to read on the admin port', async () => {
    const { metrics, events } = world();
    const id = 'tape-id-7889A-crash' as TapeId;
    events.wasThere({ id, manifest: undefined, joined: 1, unreadable: 0, lagMs: 5 });
    events.failed(new TypeError('a defect'), 2);
    events.gaveUp(5, 3);
    await using admin = await AdminServer.listen(adminPaths(metrics), { host: undefined, port: 0 });
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${admin.port}${path}`);
    expect((await get('/live')).status).toBe(200);
    expect((await get('/else')).status).toBe(404);
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(/^dvr_committer_tapes_already_there_total 1$/m);
    expect(text).toMatch(/^dvr_committer_attempts_failed_total 1$/m);
    expect(text).toMatch(/^dvr_committer_requests_given_up_total 3$/m);
    expect(text).toMatch(/^dvr_committer_tapes_total 0$/m);
  });

  test('tells of a ledger out of reach once, and once that it is back', () => {
    const { lines, events } = world();
    const away = new DvrError('ledger-out-of-reach', 'away');
    const id = 'tape-id-7889A-crash' as TapeId;
    events.ledgerFailed(away);
    events.ledgerFailed(away);
    events.wasThere({ id, manifest: undefined, joined: 1, unreadable: 0, lagMs: 5 });
    expect(lines.filter((line) => /cannot be read/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /answers again/.test(line))).toHaveLength(1);
  });
});
