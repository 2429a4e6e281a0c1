import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DvrError } from '../../errors/index.ts';
import { parseListen, parseTarget } from '../../program/address.ts';
import { describeEndpoint, parseLedgerUrl, parseVaultUrl } from '../../program/endpoint.ts';
import { runs } from '../properties.ts';

describe('ledger URLs', () => {
  test('redis and rediss carry host, port, user, password and database', () => {
    expect(parseLedgerUrl('rediss://me:p%40ss@[::1]:7000/3', '--ledger')).toEqual({
      kind: 'redis',
      tls: true,
      host: '::1',
      port: 7000,
      username: 'me',
      password: 'p@ss',
      database: 3,
    });
    expect(parseLedgerUrl('redis://cache', '--ledger')).toMatchObject({
      tls: false,
      port: 6379,
      database: 0,
    });
    expect(parseLedgerUrl('memory:', '--ledger')).toEqual({ kind: 'memory' });
  });

  test('are described without their password', () => {
    expect(describeEndpoint(parseLedgerUrl('redis://me:secret@cache:1/2', '--ledger'))).toBe(
      'redis://cache:1/2',
    );
  });
});

describe('vault URLs', () => {
  test('s3 carries bucket, prefix, endpoint and region', () => {
    expect(parseVaultUrl('s3://tapes/qa/eu/?endpoint=http://127.0.0.1:9000&region=eu-1', '--vault')).toEqual({
      kind: 's3',
      bucket: 'tapes',
      prefix: 'qa/eu',
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-1',
    });
  });

  test('file is an absolute path of this machine', () => {
    expect(parseVaultUrl('file:///srv/my%20tapes', '--vault')).toEqual({
      kind: 'file',
      path: '/srv/my tapes',
    });
  });

  test('cluster names a context or none', () => {
    expect(parseVaultUrl('cluster://qa', '--vault')).toEqual({ kind: 'cluster', context: 'qa' });
    expect(parseVaultUrl('cluster://', '--vault')).toEqual({ kind: 'cluster', context: undefined });
  });
});

describe('wrong URLs', () => {
  test.each([
    [parseVaultUrl, '/srv/tapes', /file:\/\/\/srv\/tapes/],
    [parseVaultUrl, 'file://srv/tapes', /file:\/\/\/srv\/tapes/],
    [parseVaultUrl, 's3:///prefix', /s3:\/\/BUCKET/],
    [parseVaultUrl, 's3://b-b/p?endpiont=x', /endpoint/],
    [parseVaultUrl, 's3://b-b/p?endpoint=nowhere', /endpoint=http/],
    [parseVaultUrl, 'redis://cache', /file:\/\/\/PATH/],
    [parseLedgerUrl, 'reddis://cache', /redis:\/\/HOST/],
    [parseLedgerUrl, 'redis://cache/zero', /\/0/],
    [parseLedgerUrl, 'redis:', /redis:\/\/HOST/],
    [parseTarget, 'localhost:8080', /http:\/\/localhost:8080/],
    [parseTarget, 'http://localhost:8080/path', /http:\/\/localhost:8080$/],
    [parseListen, 'localhost', /8081/],
  ])('%o of %s is refused with what to write', (parse, text, hint) => {
    try {
      parse(text, '--flag');
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(DvrError);
      const fault = thrown as DvrError;
      expect([fault.exitCode, fault.where]).toEqual([2, '--flag']);
      expect(fault.hint).toMatch(hint);
      return;
    }
    expect.unreachable();
  });

  test('never quote the password', () => {
    for (const text of [
      'redis://u:hunter22@/x',
      'redis://u:hunter22@cache/x?y=1',
      'reds://u:hunter22@cache',
    ]) {
      try {
        parseLedgerUrl(text, '--ledger');
        expect.unreachable();
      } catch (thrown) {
        const fault = thrown as DvrError;
        expect(`${fault.message}${fault.hint}${fault.where}`).not.toContain('hunter22');
      }
    }
  });

  test('any text gives an endpoint or a DvrError', () => {
    const prefix = fc.constantFrom(
      '',
      'redis://',
      'rediss://',
      's3://',
      'file://',
      'cluster://',
      'http://',
      's3://abc/?endpoint=',
    );
    fc.assert(
      fc.property(prefix, fc.string(), (start, end) => {
        for (const parse of [parseLedgerUrl, parseVaultUrl, parseTarget, parseListen]) {
          try {
            parse(start + end, '--flag');
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(DvrError);
          }
        }
      }),
      runs(500),
    );
  });
});

describe('addresses', () => {
  test('to listen on', () => {
    expect(parseListen('8081', '--listen')).toEqual({ host: undefined, port: 8081 });
    expect(parseListen(':0', '--listen')).toEqual({ host: undefined, port: 0 });
    expect(parseListen('[::1]:80', '--listen')).toEqual({ host: '::1', port: 80 });
  });

  test('of targets', () => {
    expect(parseTarget('https://[::1]', '--target')).toEqual({
      tls: true,
      host: '::1',
      port: 443,
      url: 'https://[::1]',
    });
  });
});
