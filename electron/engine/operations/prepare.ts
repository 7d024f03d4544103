/** prepare: the files that a cloud takes, written in one pass each, with checksums, provenance and commands beside them; all or none. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ConversionRequest } from '#shared/domain/conversion.ts';
import type { ImageHash } from '#shared/domain/image.ts';
import type {
  OutputRequest,
  PreparationForecast,
  PreparationResult,
  PreparationWork,
  PreparedFile,
  PreparedPart,
} from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { commitTogether, OutputFile } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import { convertBeside, planConversion, planningMilliseconds, type Converted } from './convert.ts';
import { makeFolders, removeFolders } from './folders.ts';
import { hashImage } from './hash.ts';
import { documentNames, documentsOf, fileDigests } from './prepared-documents.ts';
import { canGoOnAfter } from './resumable-output.ts';
import { requireParts, splitFile } from './split-file.ts';
import { freeBytesAt } from './target.ts';
import { secondsFor } from './work-speed.ts';

/** What prepare() will take. @throws Failure `io.*`, `image.*`, `package.*`, `input.invalid`. */
export function planPreparation(work: PreparationWork, control: Control): PreparationForecast {
  requirePlan(work);
  const budget = planningMilliseconds / work.outputs.length;
  const outputs = work.outputs.map((output) => planConversion(requestOf(output, work), control, budget));
  const total = (of: (plan: (typeof outputs)[number]) => number): number =>
    outputs.reduce((sum, plan) => sum + of(plan), 0);
  const freeBytes = freeBytesAt(join(work.outputFolder, 'x'));
  const expectedBytes = total((plan) => plan.expectedBytes);
  const { splitBytes } = work;
  if (splitBytes !== undefined) {
    for (const plan of outputs) requireParts(plan.expectedFileSizeBytes, splitBytes);
  }
  const roomBytes = splitBytes === undefined ? expectedBytes : 2 * expectedBytes;
  return {
    outputs,
    outputBytes: total((plan) => plan.outputBytes),
    outputIsExact: outputs.every(({ outputIsExact }) => outputIsExact),
    expectedBytes,
    freeBytes,
    roomBytes,
    fits: roomBytes <= freeBytes,
    workBytes: total((plan) => plan.dataBytes + plan.virtualSizeBytes + plan.expectedFileSizeBytes),
    secondsExpected: outputs.reduce(
      (sum, plan, index) => sum + secondsFor(work.outputs[index]!, plan, control),
      0,
    ),
  };
}

/**
 * Makes all files of the work. They get their names together, when every one is complete, synced, read back (unless
 * `verify` is false) and hashed. @throws Failure as planPreparation(), `io.exists`, `output.verification-failed`,
 * `operation.cancelled`; nothing is left behind then but what the control's journal says can be gone on with.
 */
export function prepare(work: PreparationWork, control: Control): PreparationResult {
  requirePlan(work);
  const folders = makeFolders(work.outputFolder);
  const done: MadeFile[] = [];
  /** Parts and texts: they are made anew whatever is gone on with. */
  const beside: OutputFile[] = [];
  const wholes: OutputFile[] = [];
  try {
    for (const output of work.outputs) done.push(makeFile(output, work, control));
    const written = done.map((made) => {
      const { partialPath } = made.output;
      const parts = partsOf(made, work, control, beside);
      if (parts === null) return { file: made.file, partialPath };
      wholes.push(made.output);
      return { file: { ...made.file, parts }, partialPath };
    });
    const documents = documentsOf(work, written, control);
    for (const document of documents) {
      const text = writeText(join(work.outputFolder, document.fileName), document.text, work, control);
      if (text !== null) beside.push(text);
    }
    control.begin('finishing', 0, work.name);
    const kept = done.map(({ output }) => output).filter((output) => !wholes.includes(output));
    commitTogether([...kept, ...beside]);
    for (const whole of wholes) whole.discard();
    return {
      cloud: work.cloud,
      outputFolder: work.outputFolder,
      files: written.map(({ file }, index) => ({
        ...file,
        allocatedBytes: file.parts === undefined ? done[index]!.result().allocatedBytes : file.fileSizeBytes,
      })),
      metadata: work.metadata,
      documents: documents.map(({ fileName }) => join(work.outputFolder, fileName)),
    };
  } catch (error) {
    for (const output of beside) output.discard();
    if (control.journal !== null && canGoOnAfter(error)) {
      for (const { output } of done) output.close();
    } else {
      for (const { output } of done) output.discard();
      control.journal?.clear();
      removeFolders(folders);
    }
    throw error;
  }
}

/** The parts of a file that is too large for one; null where it stays whole. */
function partsOf(
  { file, output }: MadeFile,
  { splitBytes, force = false, sync = true }: PreparationWork,
  control: Control,
  beside: OutputFile[],
): readonly PreparedPart[] | null {
  if (splitBytes === undefined || file.fileSizeBytes <= splitBytes) return null;
  const split = splitFile(output.partialPath, file.path, { partBytes: splitBytes, force, sync }, control);
  beside.push(...split.outputs);
  return split.parts;
}

function requirePlan(work: PreparationWork): void {
  const { outputs } = work;
  const names = [...outputs.map(({ fileName }) => fileName), ...documentNames(work)];
  const twice = names.find((candidate, index) => names.indexOf(candidate) !== index);
  if (outputs.length > 0 && twice === undefined) return;
  throw new Failure('input.invalid', {
    problem:
      twice === undefined
        ? inEnglish('there is nothing to prepare')
        : inEnglish('two files would be called {twice}', { twice }),
  });
}

function requestOf(output: OutputRequest, work: PreparationWork): ConversionRequest {
  const { force, verify, sync } = work;
  return {
    source: output.source,
    outputPath: join(work.outputFolder, output.fileName),
    target: output.target,
    ...(force === undefined ? {} : { force }),
    ...(verify === undefined ? {} : { verify }),
    ...(sync === undefined ? {} : { sync }),
  };
}

/** A file that is complete but does not have its name yet, and what was found out about it. */
interface MadeFile extends Converted {
  /** All but the room that it takes, which is known when it has its name. */
  readonly file: Omit<PreparedFile, 'allocatedBytes'>;
}

function makeFile(output: OutputRequest, work: PreparationWork, control: Control): MadeFile {
  const request = requestOf(output, work);
  const converted = convertBeside(request, control, { hash: true });
  try {
    const { partialPath } = converted.output;
    const { role, format, variant, wrapper, target, fileName } = output;
    const isPlain = target.format === 'raw' && target.wrapper === undefined;
    // A plain file is what its guest sees: it was hashed when it was read back.
    const sha256 = isPlain ? converted.sha256! : fileDigests(partialPath, fileName, ['sha256'], control)[0]!;
    const content = isPlain && format !== 'raw' ? contentOf(output, partialPath, control) : converted;
    return {
      ...converted,
      file: {
        role,
        path: request.outputPath,
        format,
        variant,
        wrapper,
        virtualSizeBytes: content?.virtualSizeBytes ?? converted.virtualSizeBytes,
        fileSizeBytes: statSync(partialPath).size,
        sha256,
        contentSha256: content?.sha256 ?? null,
        verified: work.verify ?? true,
      },
    };
  } catch (error) {
    if (control.journal !== null && canGoOnAfter(error)) converted.output.close();
    else converted.output.discard();
    throw error;
  }
}

/** What a guest sees of a copied file; null for what is no disk. */
function contentOf({ role, format }: OutputRequest, path: string, control: Control): ImageHash | null {
  if (role === 'medium') return hashImage({ path, format: 'raw' }, control);
  return role === 'disk' ? hashImage({ path, format }, control) : null;
}

/** Null where exactly that is there already: an earlier run came as far as giving names. */
function writeText(path: string, text: string, work: PreparationWork, control: Control): OutputFile | null {
  if (existsSync(path) && isText(path, text)) return null;
  const output = new OutputFile(path, work.force ?? false, control);
  try {
    output.write(0, Buffer.from(text));
    if (work.sync ?? true) output.sync();
    return output;
  } catch (error) {
    output.discard();
    throw error;
  }
}

function isText(path: string, text: string): boolean {
  const bytes = Buffer.from(text);
  return statSync(path).size === bytes.length && readFileSync(path).equals(bytes);
}
