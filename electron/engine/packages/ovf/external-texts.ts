/** Texts that a descriptor keeps in other files of its package: string bundles and licences (DSP0243 2.1, section 10). */
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import { readText } from '../text-encoding.ts';
import type { References } from './references.ts';
import type { ExternalTexts } from './strings.ts';
import { parseXml, xmlLimitBytes } from './xml.ts';

/** A licence of a hundred pages takes a third of that. */
const textLimitBytes = 1 << 20;

/** Reads them through `references`. What cannot be read is warned of, and leaves the texts in the descriptor. */
export function externalTexts(references: References, warn: (warning: Warning) => void): ExternalTexts {
  const read = (fileId: string, limitBytes: number): string | null => {
    const element = references.find(fileId);
    const location = element === null ? null : references.locate(element);
    if (location === null || 'failure' in location) return null;
    return tryTo(location.name, warn, () => {
      const source = references.open(location.name);
      try {
        return readText(source, limitBytes, location.name);
      } finally {
        source.close();
      }
    });
  };
  return {
    text: (fileId) => read(fileId, textLimitBytes)?.trim() || null,
    bundle(fileId) {
      const xml = read(fileId, xmlLimitBytes);
      return xml === null ? null : tryTo(fileId, warn, () => parseXml(xml, fileId));
    },
  };
}

/** The result of `read`; null, with a warning, when it fails. */
export function tryTo<T>(name: string, warn: (warning: Warning) => void, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code, details } = Failure.from(error);
    const problem = 'problem' in details ? details.problem : code;
    warn({
      code,
      message: inEnglish('“{name}” cannot be read: {problem}.', { name, problem: asValue(problem) }),
    });
    return null;
  }
}
