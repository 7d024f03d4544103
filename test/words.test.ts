/** The catalogue of words: everything that is said has its words in each language, and nothing is said past it. */
import { describe, expect, it } from 'vitest';
import { languages } from '#shared/language.ts';
import { unmarkedIn } from '../build/words/declared.ts';
import { readCatalogues, readMessages, sourcePaths } from '../build/words/list.ts';
import { catalogueProblems, messagesIn } from '../build/words/messages.ts';
import { parseFile, parseText } from '../build/words/syntax.ts';
import { untranslatedIn } from '../build/words/untranslated.ts';

/** What looks like words and is read by programs: keys of lists, selectors, colours, commands for a shell. */
const forPrograms: readonly string[] = [
  'renderer/App.svelte: main h1',
  'renderer/components/item-list.svelte.ts: at …',
  'renderer/components/map-drawing.ts: (forced-colors: active)',
  'renderer/components/map-drawing.ts: Canvas',
  'renderer/components/map-drawing.ts: Highlight',
  'renderer/components/partition-segments.ts: free …',
  'renderer/components/partition-segments.ts: partition …',
  'renderer/state/app.svelte.ts: (prefers-color-scheme: dark)',
  'renderer/state/snippets.ts: VBoxManage storageattach MACHINE --storagectl SATA --port 0 --device 0 --type … --medium …',
  'renderer/state/snippets.ts: qemu-img info -f … …',
  'renderer/state/snippets.ts: resource "libvirt_volume" "…" { name = … pool = "default" source = … format = "…" }',
  'renderer/views/actions/image-actions.ts: Delete',
  'renderer/views/package/FilesSection.svelte: , OVF',
  'renderer/views/palette/lines.ts: command.…',
  'renderer/views/palette/lines.ts: entry.…',
  'renderer/views/palette/lines.ts: image.…',
];

const messages = readMessages();
const catalogues = readCatalogues();

describe('the catalogue', () => {
  it('has a file for each language but English, whose words are the sources’', () => {
    expect(['en', ...catalogues.keys()].sort()).toEqual([...languages].sort());
  });

  it('is asked for messages that can be read, with the values that they want', () => {
    expect(messages.problems).toEqual([]);
  });

  it.each([...catalogues])('has in %s all of the messages, and no others', (_, catalogue) => {
    expect(catalogueProblems(messages, catalogue)).toEqual([]);
  });
});

describe('the window', () => {
  it('says nothing past the catalogue', () => {
    const paths = sourcePaths().filter((path) => path.startsWith('renderer/'));
    expect(paths.length).toBeGreaterThan(100);
    const found = paths.flatMap((path) => untranslatedIn(parseFile(path)));
    const past = (line: string): boolean => !forPrograms.includes(line.replace(/:\d+:/, ':'));
    expect(found.filter(past)).toEqual([]);
    expect(forPrograms.filter((line) => !found.some((one) => one.replace(/:\d+:/, ':') === line))).toEqual(
      [],
    );
  });
});

/** Where what is declared is shown by the window. */
const declaring = /^(?:electron\/(?:engine|clouds|transfers|services)|shared\/(?:domain|query))\//;
/** Names of operating systems, documents and structures, which are the same in every language. */
const ofNames: readonly string[] = [
  'electron/clouds/aws/sources.ts',
  'electron/engine/builders/guest-systems.ts',
  'electron/engine/disks/vmdk/table-copies.ts',
  'shared/domain/guest-system.ts',
];

describe('declarations', () => {
  it('mark the words of their options, fields, variants and facts as messages', () => {
    const paths = sourcePaths().filter((path) => declaring.test(path) && !ofNames.includes(path));
    expect(paths.length).toBeGreaterThan(300);
    expect(paths.flatMap((path) => unmarkedIn(parseFile(path)))).toEqual([]);
  });

  it.each([
    ["const a = { title: 'Cluster size' };", 'Cluster size'],
    ["const a = { help: small ? 'Fewer words.' : b };", 'Fewer words.'],
    [`const a = { label: \`Parent, \${key}\` };`, 'Parent, …'],
    ["const text = (name: string, title: string) => ({ name, title }); text('a', 'Two words');", 'Two words'],
  ])('are found in %s', (script, words) => {
    expect(unmarkedIn(parseText('a.ts', script))).toEqual([`a.ts:1: ${words}`]);
  });

  it.each([
    "const a = { title: inEnglish('Cluster size') };",
    "const a = { title: 'qcow2' };",
    "const a = { title: 'A document of theirs', readOn: '2026-11-28' };",
  ])('are not found in %s', (script) => {
    expect(unmarkedIn(parseText('a.ts', script))).toEqual([]);
  });
});

describe('the search for messages', () => {
  const found = (script: string) => messagesIn([parseText('a.ts', script)]);

  it('finds those of scripts and components', () => {
    const component = parseText('a.svelte', `<p title={t('One')}>{x ? t('Two {n}', { n }) : ''}</p>`);
    expect([...messagesIn([component]).places.keys()]).toEqual(['One', 'Two {n}']);
    expect([...found(`const a = [inEnglish('Three')];`).places.keys()]).toEqual(['Three']);
  });

  it.each([
    ['t(words)', 'one literal'],
    ["t('{a')", 'ICU'],
    ["t('{a} of {b}', { a })", 'wants {a, b} and is given {a}'],
    ["t('{count, plural, one {# disk} other {# disks}}')", 'wants {count}'],
  ])('complains of %s', (script, problem) => {
    expect(found(script).problems).toEqual([expect.stringContaining(problem)]);
  });

  it('finds what is wrong with a catalogue', () => {
    const said = found("t('A'); t('B {x}', { x }); t('C')");
    expect(catalogueProblems(said, { C: '', B: 'b', 'B {x}': 'B {y}' })).toEqual([
      'missing (a.ts:1): A',
      'said nowhere: B',
      'empty: C',
      'has {y} in place of {x}: B {y}',
      'not in order: C',
    ]);
  });
});

describe('the search for words past the catalogue', () => {
  it.each([
    ['<p>Words</p>', 'Words'],
    ['<script lang="ts">const entry = { label: \'Delete…\' };</script>', 'Delete…'],
    ['<Field label="word" />', 'word'],
    ["<p>{open ? 'open' : t('Shut')}</p>", 'open'],
    [`<p>{\`\${count} of \${total}\`}</p>`, '… of …'],
    ['<script lang="ts">const label = \'Two words\';</script>', 'Two words'],
    ["<script lang=\"ts\">const choices = [{ value: 'a', label: 'word' }];</script>", 'word'],
  ])('finds them in %s', (component, words) => {
    expect(untranslatedIn(parseText('a.svelte', component))).toEqual([`a.svelte:1: ${words}`]);
  });

  it.each([
    '<p class="faint text">{t(\'Words\')} – Platter</p>',
    '<p data-kind="Two words">{key === \'Home\' ? 1 : 2}</p>',
    '<script lang="ts">throw new Error(\'No such thing.\');</script>',
    "<style>p::after { content: 'Two words'; }</style>",
  ])('finds none in %s', (component) => {
    expect(untranslatedIn(parseText('a.svelte', component))).toEqual([]);
  });
});
