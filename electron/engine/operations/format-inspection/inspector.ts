/** What an inspector of one format answers about a file. */
import type { InspectedFormat } from '#shared/domain/preflight.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';

/** Thrown where oslo.utils stops with an error that it does not expect: whoever asked it gets no answer. */
export class InspectorBroke extends Error {}

/** The format's marks and checks, or null where the file does not bear its marks. @throws InspectorBroke; Failure `io.*`. */
export type Inspector = (file: ByteSource) => InspectedFormat | null;

export type Failed = InspectedFormat['failures'][number];

/** A format without checks, known by its marks alone. */
export function unchecked(
  format: string,
  complete: boolean,
  sizeProblem: Message | null = null,
): InspectedFormat {
  return { format, complete, failures: [], sizeProblem };
}

/** The services' databases keep a size in 64 bits with a sign, and fail at a larger one. */
const mostBytes = 2n ** 63n - 1n;

/** What is wrong with a virtual size of so many bytes. */
export function sizeProblemOf(bytes: bigint): Message | null {
  return bytes > mostBytes ? inEnglish('the size that it states is beyond any disk') : null;
}
