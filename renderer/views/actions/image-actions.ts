/** Everything that can be done with images: one list for menus, the palette and the keys of a row. */
import { t } from '#shared/text/words.ts';
import ArrowRightLeft from '@lucide/svelte/icons/arrow-right-left';
import CircleMinus from '@lucide/svelte/icons/circle-minus';
import CloudCheck from '@lucide/svelte/icons/cloud-check';
import CloudUpload from '@lucide/svelte/icons/cloud-upload';
import Copy from '@lucide/svelte/icons/copy';
import Eye from '@lucide/svelte/icons/eye';
import FolderSearch from '@lucide/svelte/icons/folder-search';
import GitCompareArrows from '@lucide/svelte/icons/git-compare-arrows';
import Hash from '@lucide/svelte/icons/hash';
import MapPin from '@lucide/svelte/icons/map-pin';
import Package from '@lucide/svelte/icons/package';
import PanelTopOpen from '@lucide/svelte/icons/panel-top-open';
import PencilLine from '@lucide/svelte/icons/pencil-line';
import Scaling from '@lucide/svelte/icons/scaling';
import Stethoscope from '@lucide/svelte/icons/stethoscope';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { Component } from 'svelte';
import { app } from '../../state/app.svelte.ts';
import { copyText } from '../../state/clipboard.ts';
import { companyOf } from '../../state/entry-belongings.svelte.ts';
import { entryDialogs } from '../../state/entry-dialogs.svelte.ts';
import { formats } from '../../state/formats.svelte.ts';
import { imageJobs } from '../../state/image-jobs.ts';
import { libraryFiles } from '../../state/library-files.ts';
import { library } from '../../state/library.svelte.ts';
import { making } from '../../state/making.svelte.ts';
import { navigation } from '../../state/navigation.svelte.ts';
import { notices } from '../../state/notices.svelte.ts';
import { opening } from '../../state/opening.svelte.ts';
import { quickLook } from '../../state/quick-look.svelte.ts';
import { snippets } from '../../state/snippets.ts';
import { chosenOne, hasDisk, subjectOfEntry, type Chosen, type Subject } from '../../state/subject.ts';
import type { Action, ActionDeclaration } from './action.ts';
import { annotationActions } from './annotation-actions.ts';

const drawn = (icon: unknown): Component => icon as Component;
const several = ({ count }: Chosen): boolean => count > 1;
/** One that has what is asked, or several of which some may. */
const fitting =
  (fits: (subject: Subject) => boolean) =>
  ({ one }: Chosen): boolean =>
    one === null || fits(one);
const alone =
  (fits: (subject: Subject) => boolean) =>
  ({ one }: Chosen): boolean =>
    one !== null && fits(one);
const isThere = ({ missing }: Subject): boolean => !missing;
const checkable = (subject: Subject): boolean =>
  hasDisk(subject) && !subject.wrapped && formats.of(subject.format)?.checkable === true;

/** How the host's file manager is asked. */
export function revealLabel(): string {
  return app.isMac ? t('Reveal in Finder') : t('Show in file manager');
}

const declarations: readonly ActionDeclaration[] = [
  {
    id: 'open',
    group: 'open',
    icon: drawn(PanelTopOpen),
    key: { name: 'Enter', label: 'Enter' },
    title: ({ one }) => (one?.kind === 'package' ? t('Open package') : t('Open details')),
    fits: alone(({ missing, entry }) => !missing && entry !== null),
    run: ({ one }) => opening.openEntry(one!.entry!),
  },
  {
    id: 'quick-look',
    group: 'open',
    icon: drawn(Eye),
    key: { name: ' ', label: t('Space') },
    title: () => t('Quick look'),
    fits: alone(({ entry }) => entry !== null),
    run: ({ one }) => quickLook.show(one!.entry!),
  },
  {
    id: 'convert',
    group: 'make',
    icon: drawn(ArrowRightLeft),
    title: (chosen) =>
      several(chosen) ? t('Convert {count} images…', { count: chosen.count }) : t('Convert…'),
    fits: fitting(hasDisk),
    run: async (chosen) => {
      const paths = (await chosen.all()).filter(hasDisk).map(({ path }) => path);
      if (paths.length > 1) making.open({ kind: 'convert-many', paths });
      else if (paths[0] !== undefined) making.open({ kind: 'convert', path: paths[0], snapshot: null });
    },
  },
  {
    id: 'resize',
    group: 'make',
    icon: drawn(Scaling),
    title: () => t('Resize…'),
    fits: alone((subject) => hasDisk(subject) && subject.kind === 'disk' && !subject.wrapped),
    run: ({ one }) => making.open({ kind: 'resize', path: one!.path }),
  },
  {
    id: 'build',
    group: 'make',
    icon: drawn(Package),
    title: () => t('Build a package…'),
    fits: (chosen) =>
      fitting((subject) => hasDisk(subject) && subject.kind === 'disk')(chosen) &&
      formats.builders.some(({ inputs }) => inputs.kind === 'disks'),
    run: async (chosen) => {
      const disks = (await chosen.all()).filter((subject) => hasDisk(subject) && subject.kind === 'disk');
      making.open({ kind: 'build', inputs: disks.map(({ path }) => path) });
    },
  },
  {
    id: 'upload',
    group: 'make',
    icon: drawn(CloudUpload),
    title: () => t('Upload to a cloud…'),
    fits: alone(hasDisk),
    run: ({ one }) => making.upload(one!.path),
  },
  {
    id: 'compare-with',
    group: 'check',
    icon: drawn(GitCompareArrows),
    title: () => t('Compare with…'),
    fits: alone(hasDisk),
    run: ({ one }) => making.compareWith(one!.path),
  },
  {
    id: 'compare',
    group: 'check',
    icon: drawn(GitCompareArrows),
    title: () => t('Compare the two'),
    fits: ({ count }) => count === 2,
    run: async (chosen) => {
      const [first, second] = (await chosen.all()).filter(hasDisk);
      if (first !== undefined && second !== undefined) {
        making.open({ kind: 'compare', first: first.path, second: second.path });
      } else notices.tell({ title: t('Two disks can be compared; one of these has none.') });
    },
  },
  {
    id: 'check',
    group: 'check',
    icon: drawn(Stethoscope),
    title: (chosen) => (several(chosen) ? t('Check their structure') : t('Check the structure')),
    fits: fitting(checkable),
    run: async (chosen) => imageJobs.check((await chosen.all()).filter(checkable)),
  },
  {
    id: 'hash',
    group: 'check',
    icon: drawn(Hash),
    title: (chosen) => (several(chosen) ? t('Hash their content') : t('Hash the content')),
    fits: fitting(hasDisk),
    run: async (chosen) => imageJobs.hash((await chosen.all()).filter(hasDisk)),
  },
  {
    id: 'preflight',
    group: 'check',
    icon: drawn(CloudCheck),
    title: () => t('Check for clouds'),
    fits: fitting((subject) => hasDisk(subject) || (isThere(subject) && subject.kind === 'package')),
    run: async (chosen) => {
      const paths = (await chosen.all()).filter(isThere).map(({ path }) => path);
      navigation.go({ view: 'preflight', paths });
    },
  },
  ...annotationActions,
  {
    id: 'locate',
    group: 'file',
    icon: drawn(MapPin),
    title: () => t('Locate…'),
    fits: alone(({ missing, entry }) => missing && entry !== null),
    run: ({ one }) => libraryFiles.locate(one!.entry!),
  },
  {
    id: 'reveal',
    group: 'file',
    icon: drawn(FolderSearch),
    title: revealLabel,
    fits: (chosen) =>
      app.info?.reveal === true && alone(({ missing, entry }) => !missing && entry !== null)(chosen),
    run: ({ one }) => libraryFiles.reveal(one!.entry!),
  },
  {
    id: 'copy-path',
    group: 'file',
    icon: drawn(Copy),
    title: (chosen) => (several(chosen) ? t('Copy paths') : t('Copy path')),
    fits: () => true,
    run: async (chosen) => {
      const paths = (await chosen.all()).map(({ path }) => path);
      await copyText(paths.join('\n'), paths.length === 1 ? t('Path') : t('Paths'));
    },
  },
  ...snippets.map(({ id, title, of }): ActionDeclaration => ({
    id: `copy-${id}`,
    group: 'file',
    icon: drawn(Copy),
    under: t('Copy as'),
    title: () => t('Copy as {title}', { title }),
    fits: fitting(({ kind }) => kind === 'disk' || kind === 'optical'),
    run: async (chosen) => {
      const disks = (await chosen.all()).filter(({ kind }) => kind === 'disk' || kind === 'optical');
      await copyText(
        disks.map(of).join('\n'),
        title.replace(/^./, (letter) => letter.toUpperCase()),
      );
    },
  })),
  {
    id: 'rename',
    group: 'file',
    icon: drawn(PencilLine),
    key: { name: 'F2', label: 'F2' },
    title: () => t('Rename…'),
    fits: alone(({ missing, entry }) => !missing && entry !== null),
    run: ({ one }) => void (entryDialogs.renaming = one!.entry),
  },
  {
    id: 'remove',
    group: 'go',
    icon: drawn(CircleMinus),
    title: (chosen) =>
      several(chosen) ? t('Remove {count} from library', { count: chosen.count }) : t('Remove from library'),
    fits: fitting(({ entry }) => entry !== null),
    run: async (chosen) => libraryFiles.remove(await entriesOf(chosen)),
  },
  {
    id: 'trash',
    group: 'go',
    icon: drawn(Trash2),
    key: { name: 'Delete', label: t('Del') },
    danger: true,
    title: () => t('Move to trash…'),
    fits: (chosen) =>
      app.info?.trash === true && fitting(({ missing, entry }) => !missing && entry !== null)(chosen),
    run: (chosen) => askToRemove(chosen, 'trash'),
  },
];

async function entriesOf(chosen: Chosen) {
  return (await chosen.all()).flatMap(({ entry }) => entry ?? []);
}

async function askToRemove(chosen: Chosen, mode: 'trash' | 'choose'): Promise<void> {
  const entries = await entriesOf(chosen);
  if (entries.length > 0) entryDialogs.removal = { entries, mode, company: await companyOf(entries) };
}

/** What can be done with what is chosen. */
export function actionsOn(chosen: Chosen): readonly Action[] {
  if (chosen.count === 0) return [];
  return declarations
    .filter(({ fits }) => fits(chosen))
    .map(({ id, group, icon, key, danger = false, under, title, run }) => ({
      id,
      group,
      icon,
      key,
      danger,
      under,
      title: title(chosen),
      run: () => void notices.attempt(() => run(chosen)),
    }));
}

/** What is selected in the library. */
export function selectedInLibrary(): Chosen {
  const { count } = library.selection;
  const { only } = library;
  if (only !== null) return chosenOne(subjectOfEntry(only));
  return { count, one: null, all: async () => (await library.selectedEntries()).map(subjectOfEntry) };
}

/** The keys of a row in the library: those of the actions; Delete asks what is meant. */
export function selectionKey(event: KeyboardEvent): void {
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (name !== 'Delete' && !declarations.some(({ key }) => key?.name === name)) return;
  event.preventDefault();
  const { pending } = library.selection;
  if (pending === null) actByKey(name);
  // Everything was just selected: the key means that, and not what was selected before.
  else void pending.then((isSelected) => isSelected && actByKey(name));
}

function actByKey(name: string): void {
  const chosen = selectedInLibrary();
  if (name === 'Delete') void notices.attempt(() => askToRemove(chosen, 'choose'));
  else
    actionsOn(chosen)
      .find(({ key }) => key?.name === name)
      ?.run();
}
