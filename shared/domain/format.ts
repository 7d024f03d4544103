/** What a driver declares about itself, from which forms, help texts and pickers are drawn. Its words are marked with inEnglish(). */
import type { Message } from '../in-english.ts';

export type OptionDeclaration = {
  readonly name: string;
  readonly title: string;
  /** One line. */
  readonly help: Message;
} & (
  | { readonly type: 'boolean'; readonly default: boolean }
  /** `titles` has what people call those choices that are not words of their own. */
  | {
      readonly type: 'choice';
      readonly default: string;
      readonly choices: readonly string[];
      readonly titles?: Readonly<Record<string, string>>;
    }
  | { readonly type: 'integer'; readonly default: number; readonly minimum: number; readonly maximum: number }
  /** Bytes; a power of two between the bounds. */
  | { readonly type: 'size'; readonly default: number; readonly minimum: number; readonly maximum: number }
  /** `pattern` is a regular expression for the whole of it; '' is always allowed and means that none was given. */
  /** `patternHelp`: what is said of a text that is not of that form. */
  | {
      readonly type: 'text';
      readonly default: string;
      readonly pattern?: string;
      readonly patternHelp?: string;
      readonly placeholder?: string;
      readonly lines?: number;
    }
);

export interface VariantDeclaration {
  readonly id: string;
  readonly title: string;
  readonly help: string;
}

export interface FormatDescription {
  readonly id: string;
  readonly title: string;
  /** Without the dot; the first is the one given to new files. */
  readonly extensions: readonly string[];
  readonly readable: boolean;
  /** Null when Platter does not write the format. The first variant is the default. */
  readonly creation: {
    readonly variants: readonly VariantDeclaration[];
    readonly options: readonly OptionDeclaration[];
    /** Whether it can be written over a backing image. */
    readonly backs: boolean;
    /** Whether the whole file can be compressed while it is written. */
    readonly wraps: boolean;
  } | null;
  readonly checkable: boolean;
  readonly repairable: boolean;
}

/** A compression that a whole image can be written in: gzip, xz, … */
export interface WrapperDescription {
  readonly id: string;
  readonly title: string;
  /** Without the dot; it follows the image's own. */
  readonly extension: string;
}
