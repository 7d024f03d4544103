/** build: a package, a set or a medium made of its members, written in order, hashed, and named all at once. */
import { basename, dirname, join } from 'node:path';
import type {
  BuilderDescription,
  BuildPlan,
  BuildRequest,
  BuildResult,
  BuiltFile,
} from '#shared/domain/build.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { nameRefusal } from '../archives/member-name.ts';
import { tarEndBytes, tarPadding } from '../archives/tar-writer.ts';
import { OutputFile } from '../bytes/output-file.ts';
import { builderOf, builders } from '../builders/registry.ts';
import type { Assembly, Builder } from '../builders/driver.ts';
import type { Control } from '../control.ts';
import { blockBytes } from '../archives/tar-header.ts';
import { FolderEnclosure, SingleEnclosure, TarEnclosure, type EnclosureWriter } from './enclosures.ts';
import { makeFolders, removeFolders } from './folders.ts';
import { compressedLimit, TarGzipEnclosure } from './gzip-enclosure.ts';
import { writeMembers } from './members.ts';
import { sizeOfMember } from './member-size.ts';
import { freeBytesAt, refuseOwnSource, resolveOptions } from './target.ts';

/** What every builder declares, as plain data. */
export function describeBuilders(): readonly BuilderDescription[] {
  return builders.map(({ id, title, help, extensions, inputs, fields }) => ({
    id,
    title,
    help,
    extensions,
    inputs,
    fields,
  }));
}

/** What build() will make. @throws Failure `input.invalid`, `image.*`, `package.*`, `io.*`. */
export function planBuild(request: BuildRequest, control: Control): BuildPlan {
  const assembly = assemble(request, control);
  try {
    const members = assembly.members.map((member) => ({
      name: member.name,
      sizeBytes: sizeOfMember(member, request.outputPath, control),
    }));
    const content = members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const headers = members.reduce(
      (sum, { sizeBytes }) => sum + blockBytes + tarPadding(sizeBytes),
      tarEndBytes,
    );
    const tarBytes = content + headers;
    const outputBytes = {
      none: content,
      folder: content,
      tar: tarBytes,
      'tar+gzip': compressedLimit(tarBytes),
    }[assembly.enclosure];
    const freeBytes = freeBytesAt(request.outputPath);
    return {
      builder: request.builder,
      outputPath: request.outputPath,
      members,
      outputBytes,
      freeBytes,
      fits: outputBytes <= freeBytes,
      warnings: assembly.warnings,
    };
  } finally {
    assembly.close();
  }
}

/**
 * Builds. Nothing has its final name before all of it is complete, synced and (unless `verify` is false) its disks are
 * read back. @throws Failure as planBuild(), `output.verification-failed`, `operation.cancelled`; nothing is left then.
 */
export function build(request: BuildRequest, control: Control): BuildResult {
  control.begin('preparing', 0, basename(request.outputPath));
  const assembly = assemble(request, control);
  let folders: readonly string[] = [];
  try {
    refuseInputs(assembly, request);
    const { outputPath } = request;
    folders = makeFolders(assembly.enclosure === 'folder' ? outputPath : dirname(outputPath));
    const enclosure = openEnclosure(assembly, request, control);
    try {
      const streamed = assembly.enclosure === 'tar+gzip';
      const written = writeMembers(assembly.members, enclosure, streamed, request, control);
      control.begin('finishing', 0, basename(request.outputPath));
      const files: readonly BuiltFile[] = enclosure.finish(written, control);
      return { files, warnings: assembly.warnings };
    } catch (error) {
      enclosure.discard();
      throw error;
    }
  } catch (error) {
    removeFolders(folders);
    throw error;
  } finally {
    assembly.close();
  }
}

/** Disks that are built into something are never replaced by it, forced or not. */
function refuseInputs({ enclosure, members }: Assembly, { inputs, outputPath }: BuildRequest): void {
  const outputs = enclosure === 'folder' ? members.map(({ name }) => join(outputPath, name)) : [outputPath];
  const disks = members.flatMap((member) => (member.kind === 'disk' ? [member.source.path] : []));
  const read = inputs.map(({ path }) => path).filter((path) => disks.includes(path));
  for (const output of outputs) refuseOwnSource(output, read);
}

function assemble(request: BuildRequest, control: Control): Assembly {
  const builder: Builder = builderOf(request.builder);
  const { title } = builder;
  const { minimum, maximum } = builder.inputs;
  const count = request.inputs.length;
  if (count < minimum || count > maximum) {
    throw new Failure('input.invalid', {
      problem:
        minimum === maximum
          ? inEnglish('{title} is made of {minimum} inputs, not of {count}', { title, minimum, count })
          : inEnglish('{title} is made of {minimum} to {maximum} inputs, not of {count}', {
              title,
              minimum,
              maximum,
              count,
            }),
    });
  }
  const fields = resolveOptions(builder.fields, request.fields, builder.title);
  const assembly = builder.assemble(request.inputs, fields, basename(request.outputPath), control);
  try {
    requireNames(assembly);
    return assembly;
  } catch (error) {
    assembly.close();
    throw error;
  }
}

/** Member names come from what a person typed or from other files: none may leave the output, none may be taken twice. */
function requireNames({ members }: Assembly): void {
  const names = new Set<string>();
  for (const { name } of members) {
    const reason = names.has(name) ? inEnglish('two members have that name') : nameRefusal(name);
    if (reason !== null) throw new Failure('package.unsafe-name', { name, reason });
    names.add(name);
  }
}

function openEnclosure(assembly: Assembly, request: BuildRequest, control: Control): EnclosureWriter {
  const { outputPath } = request;
  const force = request.force ?? false;
  if (assembly.enclosure === 'folder') {
    return new FolderEnclosure((name) => new OutputFile(join(outputPath, name), force, control));
  }
  // Asked before there is an output that would have to go again.
  const sizes =
    assembly.enclosure === 'tar+gzip'
      ? assembly.members.map((member) => sizeOfMember(member, outputPath, control))
      : [];
  const output = new OutputFile(outputPath, force, control);
  if (assembly.enclosure === 'none') return new SingleEnclosure(output);
  if (assembly.enclosure === 'tar') return new TarEnclosure(output);
  return new TarGzipEnclosure(output, sizes);
}
