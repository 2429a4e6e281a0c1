import { describe, expect, it } from 'vitest';
import { parseListen, parseTarget } from '../../program/address.ts';
import { refuseOwnAddress } from '../../program/own-address.ts';

const check = (listen: string, target: string, host?: string) => () => {
  const parsed = parseListen(listen, '--listen');
  refuseOwnAddress({ ...parsed, host: parsed.host ?? host }, parseTarget(target, '--target'));
};

describe('a target that is the listener itself', () => {
  it.each([
    ['8482', 'http://localhost:8482'],
    ['8482', 'http://127.0.0.1:8482'],
    ['0.0.0.0:80', 'http://[::1]'],
    ['[::]:8482', 'http://0.0.0.0:8482'],
    ['localhost:8482', 'http://127.0.0.1:8482'],
    ['127.0.0.1:8482', 'http://localhost:8482'],
    ['checkout:8482', 'http://checkout:8482'],
  ])('is refused: %s and %s', (listen, target) => {
    expect(check(listen, target)).toThrow(/is where --listen takes connections/);
  });

  it.each([
    ['8481', 'http://localhost:8482'],
    ['0', 'http://localhost:8482'],
    ['8482', 'http://checkout.example:8482'],
    ['127.0.0.1:8482', 'http://10.20.30.40:8482'],
    ['127.0.0.1:8482', 'http://[::1]:8482'],
  ])('is not: %s and %s', (listen, target) => {
    expect(check(listen, target)).not.toThrow();
  });
});
