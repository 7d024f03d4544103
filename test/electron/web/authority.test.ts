import { describe, expect, it } from 'vitest';
import { acceptHost, authorityOf, isLoopback, isOwnOrigin } from '../../../electron/web/authority.ts';

const bound = { host: '127.0.0.1', port: 4123 };

describe('acceptHost', () => {
  it('accepts the bound address and localhost, with the port', () => {
    expect(acceptHost('127.0.0.1:4123', bound, '127.0.0.1')).toBe('127.0.0.1:4123');
    expect(acceptHost('LocalHost:4123', bound, '127.0.0.1')).toBe('localhost:4123');
    expect(acceptHost('localhost', { ...bound, port: 80 }, '127.0.0.1')).toBe('localhost');
  });

  it('refuses every other name, port and spelling', () => {
    const others = [
      'evil.example:4123',
      'localhost.evil.example:4123',
      '127.0.0.1.evil.example:4123',
      'evil.example',
      '127.0.0.1',
      '127.0.0.1:4124',
      '127.0.0.1:41230',
      '127.0.0.1:04123x',
      'localhost.:4123',
      '192.168.1.5:4123',
      '[::1]:4123',
      '127.0.0.1:4123@evil.example',
      'evil.example/127.0.0.1:4123',
      '127.0.0.1:4123 evil.example',
      '',
      ':4123',
    ];
    for (const header of others)
      expect([header, acceptHost(header, bound, '127.0.0.1')]).toEqual([header, null]);
    expect(acceptHost(undefined, bound, '127.0.0.1')).toBeNull();
  });

  it('accepts the address that a connection came in at when it listens everywhere', () => {
    const everywhere = { host: '0.0.0.0', port: 4123 };
    expect(acceptHost('192.168.1.5:4123', everywhere, '192.168.1.5')).toBe('192.168.1.5:4123');
    expect(acceptHost('192.168.1.5:4123', { host: '::', port: 4123 }, '::ffff:192.168.1.5')).toBe(
      '192.168.1.5:4123',
    );
    expect(acceptHost('[fe80::1]:4123', { host: '::', port: 4123 }, 'fe80::1')).toBe('[fe80::1]:4123');
    expect(acceptHost('evil.example:4123', everywhere, '192.168.1.5')).toBeNull();
    expect(acceptHost('192.168.1.6:4123', everywhere, '192.168.1.5')).toBeNull();
  });

  it('accepts the name it was bound to', () => {
    const named = { host: 'Builder', port: 4123 };
    expect(acceptHost('builder:4123', named, '10.0.0.7')).toBe('builder:4123');
  });
});

describe('isOwnOrigin', () => {
  it('is the origin of the page at that address', () => {
    expect(isOwnOrigin('http://127.0.0.1:4123', '127.0.0.1:4123')).toBe(true);
    expect(isOwnOrigin('http://localhost', 'localhost')).toBe(true);
    expect(isOwnOrigin('http://localhost', 'localhost:80')).toBe(true);
  });

  it('is no other, and not none', () => {
    for (const origin of [
      'http://localhost:4123',
      'https://127.0.0.1:4123',
      'http://127.0.0.1:3000',
      'null',
      '',
      undefined,
    ]) {
      expect(isOwnOrigin(origin, '127.0.0.1:4123')).toBe(false);
    }
  });
});

describe('authorityOf', () => {
  it('has IPv6 addresses in brackets', () => {
    expect(authorityOf(bound)).toBe('127.0.0.1:4123');
    expect(authorityOf({ host: '::1', port: 1 })).toBe('[::1]:1');
  });
});

describe('isLoopback', () => {
  it('knows what only this machine reaches', () => {
    expect(['127.0.0.1', '127.8.9.1', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['0.0.0.0', '::', '192.168.1.5', '127.evil.example', 'builder'].some(isLoopback)).toBe(false);
  });
});
