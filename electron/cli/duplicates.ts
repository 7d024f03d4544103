/** `platter library duplicates`: disks that are in the library more than once, and what that takes. */
import type { DuplicateGroup } from '#shared/domain/content.ts';
import { wouldGo } from '#shared/domain/content.ts';
import { unlimited } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { printable } from '#shared/text/printable.ts';
import { formatBytes, formatCount } from '#shared/text/units.ts';
import { countContents, listUnread, recordContent } from '../catalogue/contents.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { listDuplicates } from '../catalogue/duplicates.ts';
import { Presence } from '../library/presence.ts';
import { readHere } from './here.ts';
import { withCatalogue } from './library.ts';
import { answer, type ExitCode } from './session.ts';

/** 1 when there are none. A disk that cannot be read is told of on stderr, and passed over. */
export async function libraryDuplicates(options: {
  readonly read?: boolean;
  readonly json?: boolean;
}): Promise<ExitCode> {
  const json = options.json ?? false;
  const found = await withCatalogue(async (catalogue) => {
    await new Presence(catalogue).refresh();
    if (options.read === true) await readUnread(catalogue, json);
    return { ...listDuplicates(catalogue), contents: countContents(catalogue) };
  });
  answer(json, found, () => {
    const { groups, groupCount, gainBytes, contents } = found;
    const unread = contents.total - contents.known - contents.unreadable;
    return [
      ...groups.flatMap(describeGroup),
      groupCount === 0
        ? 'No disk is in the library more than once, as far as contents are known.'
        : `${formatCount(groupCount, 'disk')} more than once, ${formatBytes(gainBytes)} to gain.`,
      ...(unread === 0
        ? []
        : [`The content of ${formatCount(unread, 'disk')} is not known yet; --read reads what is missing.`]),
    ];
  });
  return found.groupCount === 0 ? 1 : 0;
}

async function readUnread(catalogue: Catalogue, json: boolean): Promise<void> {
  const { contentTree } = await import('#engine/operations/content-tree.ts');
  for (const { id, path } of listUnread(catalogue, Number.MAX_SAFE_INTEGER)) {
    try {
      const content = readHere(json, unlimited, (control) => contentTree({ path }, control));
      if (!recordContent(catalogue, id, content, new Date().toISOString())) {
        process.stderr.write(`platter: ${printable(path)} changed since it was last seen; scan it first\n`);
      }
    } catch (error) {
      const { sentence } = describeFailure(Failure.from(error).toData());
      process.stderr.write(`platter: ${printable(path)} is passed over: ${sentence}\n`);
    }
  }
}

function describeGroup(group: DuplicateGroup): string[] {
  const going = wouldGo(group, group.keepId);
  return [
    `${formatCount(group.entries.length, 'copy', 'copies')} of a disk of ${formatBytes(group.virtualSizeBytes)}, ${formatBytes(group.gainBytes)} to gain:`,
    ...group.entries.map((copy) => {
      const { entry, bytes, stays } = copy;
      const mark = entry.id === group.keepId ? 'keep' : going.includes(copy) ? '' : stays;
      return `  ${String(entry.id).padStart(5)}  ${formatBytes(bytes).padStart(10)}  ${printable(entry.path)}${mark ? `  (${mark})` : ''}`;
    }),
    '',
  ];
}
