import { describe, expect, it } from 'vitest';
import { parseNatsUrl } from '../../src/bus/nats-address.ts';

describe('the URL of NATS', () => {
  it.each([
    ['nats://127.0.0.1:4222', { host: '127.0.0.1', port: 4222, tls: false, credentials: {} }],
    ['nats://example.org', { host: 'example.org', port: 4222, tls: false, credentials: {} }],
    ['example.org:4333', { host: 'example.org', port: 4333, tls: false, credentials: {} }],
    ['tls://example.org:4333', { host: 'example.org', port: 4333, tls: true, credentials: {} }],
    ['nats://[::1]:4222', { host: '::1', port: 4222, tls: false, credentials: {} }],
    ['nats://me:p%40ss@h:1', { host: 'h', port: 1, tls: false, credentials: { user: 'me', pass: 'p@ss' } }],
    ['nats://secret@h:1', { host: 'h', port: 1, tls: false, credentials: { auth_token: 'secret' } }],
  ])('%s', (url, expected) => {
    expect(parseNatsUrl(url)).toMatchObject(expected);
  });

  it('is shown without credentials', () => {
    expect(parseNatsUrl('nats://me:secret@example.org').shown).toBe('nats://example.org:4222');
  });

  it.each(['', 'nats://', 'http://h:4222', 'nats://h:notaport', 'nats://me:secret@'])('is not %j', (url) => {
    expect(() => parseNatsUrl(url)).toThrow('the URL of NATS is not nats://host:port');
  });
});
