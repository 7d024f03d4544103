// Binary property lists, judged by Python's plistlib, and what no program would write.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBinaryPlist } from '#engine/machines/binary-plist.ts';
import type { PlistValue } from '#engine/machines/plist.ts';
import { Failure } from '#shared/failure.ts';
import { utmBinary } from '../../../fixtures/machines.ts';
import { needsTool, toolPath } from '../../../setup/tools.ts';

/** Lists in, as JSON; out, as base64 of their binary forms. */
const script = `
import base64, json, plistlib, sys
print(json.dumps([base64.b64encode(plistlib.dumps(one, fmt=plistlib.FMT_BINARY)).decode() for one in json.load(sys.stdin)]))
`;
import { inWords } from '#shared/text/in-words.ts';

function plain(value: PlistValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** A list of these objects, each as its bytes; all numbers in it have one byte. */
function list(objects: readonly (readonly number[])[], top = 0): Uint8Array {
  const offsets: number[] = [];
  const bytes = [...Buffer.from('bplist00')];
  for (const object of objects) {
    offsets.push(bytes.length);
    bytes.push(...object);
  }
  const table = bytes.length;
  const eight = (number: number): number[] => [0, 0, 0, 0, 0, 0, number >> 8, number & 255];
  const trailer = [0, 0, 0, 0, 0, 0, 1, 1, ...eight(objects.length), ...eight(top), ...eight(table)];
  return Uint8Array.from([...bytes, ...offsets, ...trailer]);
}

function problemOf(bytes: Uint8Array): string {
  try {
    decodeBinaryPlist(bytes, 'config.plist');
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).code).toBe('package.malformed');
    return inWords((error as Failure<'package.malformed'>).details.problem);
  }
  return 'none';
}

const [array, dictionary, letter] = [0xa0, 0xd0, [0x51, 0x61]] as const;

describe('decodeBinaryPlist', () => {
  it.skipIf(!needsTool('python3'))('reads what Python writes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀', '"', '\n'), maxLength: 300 });
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.boolean(),
        fc.oneof(fc.integer(), fc.maxSafeInteger()),
        // Whole numbers are integers for JSON, by which Python is told.
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
        fc.array(tie('value'), { maxLength: 20 }),
        fc.dictionary(text, tie('value'), { maxKeys: 20, noNullPrototype: true }).map((entries) => {
          // JSON would take it for something else.
          delete entries['__proto__'];
          return entries;
        }),
      ),
    }));
    const samples = fc.sample(value, { numRuns: 300, seed: 5 });
    const written = JSON.parse(
      execFileSync(toolPath('python3')!, ['-c', script], { input: JSON.stringify(samples) }).toString(),
    ) as string[];
    expect(written.map((one) => plain(decodeBinaryPlist(Buffer.from(one, 'base64'), 'list')))).toEqual(
      samples,
    );
  });

  it('says what is wrong, and where', () => {
    expect(problemOf(Buffer.from('bplist00'))).toBe('it is no binary property list');
    expect(problemOf(list([letter], 1))).toBe('it has no object 1');
    expect(problemOf(list([[array | 1, 0]]))).toBe('it holds itself');
    expect(problemOf(list([[0x5e, 0x61]]))).toContain('ends outside');
    expect(problemOf(list([[0x70]]))).toContain('of no known kind');
    expect(problemOf(list([[dictionary | 1, 1, 2], [0x09], letter]))).toBe('one of its keys is no text');
    const deep = Array.from({ length: 100 }, (_, index) => [array | 1, index + 1]);
    expect(problemOf(list([...deep, [...letter]]))).toBe('it is nested more than 64 deep');
  });

  it('is not led into work beyond its size: by references to the same, or objects over each other', () => {
    // Each array has the next one twice: 2^60 letters, if each reference were followed.
    const doubled = Array.from({ length: 60 }, (_, index) => [array | 2, index + 1, index + 1]);
    expect(problemOf(list([...doubled, [...letter]]))).toBe('none');
    // Two hundred arrays that are all the same 14 bytes.
    const bytes = list([
      [array | 14, ...Array.from({ length: 14 }, () => 1)],
      ...Array.from({ length: 200 }, () => []),
    ]);
    const table = bytes.length - 32 - 201;
    const overlapping = bytes.map((byte, index) => (index >= table && index < table + 201 ? 8 : byte));
    overlapping.set(
      Array.from({ length: 14 }, (_, index) => index + 1),
      9,
    );
    expect(problemOf(overlapping)).not.toBe('none');
  });

  it('ends with words wherever it is cut, whatever is changed in it', () => {
    for (let length = 0; length < utmBinary.length; length++) problemOf(utmBinary.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(utmBinary.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(utmBinary);
        changed[at] = byte;
        problemOf(changed);
      }),
      { numRuns: 3000 },
    );
  });
});
