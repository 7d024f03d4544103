import { describe, expect, it } from 'vitest';
import {
  buildRequest,
  conversionRequest,
  creationRequest,
  fileExtractionRequest,
  repairRequest,
  resizeRequest,
  sourceReference,
} from '#shared/contract/images.ts';

describe('the schemas of requests', () => {
  const source = { path: '/i/a.qcow2' };
  const target = { format: 'qcow2' };

  it('take what the domain knows', () => {
    const whole = {
      ...source,
      format: 'qcow2',
      snapshot: '1',
      volume: { start: 512, length: 1024 },
      passphrase: 'open sesame',
      allowed: ['/i/base.raw'],
    };
    expect(sourceReference.parse(whole)).toEqual(whole);
    const overlay = { outputPath: '/o/a.qcow2', target: { ...target, backing: whole } };
    expect(creationRequest.parse(overlay)).toEqual(overlay);
    const conversion = {
      source,
      outputPath: '/o/a.gz',
      target: { format: 'raw', wrapper: 'gzip' },
      capacityBytes: 1,
    };
    expect(conversionRequest.parse(conversion)).toEqual(conversion);
  });

  it('refuse numbers that are no sizes', () => {
    for (const capacityBytes of [-1, 1.5, Number.NaN, 2 ** 53, '1G']) {
      expect(resizeRequest.safeParse({ path: '/a', capacityBytes }).success).toBe(false);
    }
    for (const volume of [{ start: -1, length: 1 }, { start: 0 }, { start: 0.5, length: 1 }]) {
      expect(sourceReference.safeParse({ ...source, volume }).success).toBe(false);
    }
    expect(repairRequest.safeParse({ path: '/a', scope: 'some' }).success).toBe(false);
    const files = { source, paths: [], outputFolder: '/o', partition: 0 };
    expect(fileExtractionRequest.safeParse(files).success).toBe(false);
  });

  it('keep out what only the engine may say of itself', () => {
    const parsed = sourceReference.parse({
      ...source,
      standIns: { a: '/etc/passwd' },
      part: { start: 0, length: 1 },
      wrapper: 'gzip',
    });
    expect(parsed).toEqual(source);
  });

  it('bound how much is asked for', () => {
    const inputs = Array.from({ length: 257 }, () => source);
    const build = { builder: 'ova', inputs, outputPath: '/o/a.ova', fields: {} };
    expect(buildRequest.safeParse(build).success).toBe(false);
    expect(
      buildRequest.safeParse({ ...build, inputs: [source], fields: { text: 'x'.repeat(70_000) } }).success,
    ).toBe(false);
    expect(sourceReference.safeParse({ ...source, allowed: new Array(300).fill('/a') }).success).toBe(false);
  });
});
