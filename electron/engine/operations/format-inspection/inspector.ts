/** What an inspector of one format answers about a file. */
import type { InspectedFormat } from '#shared/domain/preflight.ts';
import type { ByteSource } from '../../bytes/source.ts';

/** Thrown where oslo.utils stops with an error that it does not expect: whoever asked it gets no answer. */
export class InspectorBroke extends Error {}

/** The format's marks and checks, or null where the file does not bear its marks. @throws InspectorBroke; Failure `io.*`. */
export type Inspector = (file: ByteSource) => InspectedFormat | null;

export type Failed = InspectedFormat['failures'][number];

/** A format without checks, known by its marks alone. */
export function unchecked(format: string, complete: boolean): InspectedFormat {
  return { format, complete, failures: [] };
}
