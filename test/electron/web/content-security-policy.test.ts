import { describe, expect, it } from 'vitest';
import {
  contentSecurityPolicy,
  contentSecurityPolicyAt,
} from '../../../electron/web/content-security-policy.ts';

describe('contentSecurityPolicy', () => {
  it("allows the app's own files and nothing inline", () => {
    expect(contentSecurityPolicy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  it('names the WebSocket of a server, and no other', () => {
    expect(contentSecurityPolicyAt('127.0.0.1:4123')).toBe(
      contentSecurityPolicy.replace("connect-src 'self'", "connect-src 'self' ws://127.0.0.1:4123"),
    );
  });
});
