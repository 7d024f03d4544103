/** Names of images in the words of other programs: whatever is in a name, it stays a name. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord, snippets } from '../../../renderer/state/snippets.ts';
import type { Subject } from '../../../renderer/state/subject.ts';

const subject = (name: string, changes: Partial<Subject> = {}): Subject => ({
  path: `/images/${name}`,
  name,
  kind: 'disk',
  format: 'qcow2',
  virtualSizeBytes: 1,
  missing: false,
  wrapped: false,
  entry: null,
  ...changes,
});
const text = (id: string, of: Subject): string => snippets.find((snippet) => snippet.id === id)!.of(of);
const nasty = `it's "a" $(touch x) <b>&\`\\ \${var.x}.qcow2`;

it('quotes for a shell so that the shell gives the same name back', () => {
  expect(shellWord('/images/a-1.qcow2')).toBe('/images/a-1.qcow2');
  for (const name of [nasty, '', '~', 'a b', '*']) {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(name)}`], { encoding: 'utf8' })).toBe(name);
  }
});

it('escapes in XML and in HCL', () => {
  expect(text('libvirt', subject(nasty))).toContain(
    'file="/images/it&apos;s &quot;a&quot; $(touch x) &lt;b&gt;&amp;`\\ $' + '{var.x}.qcow2"',
  );
  const volume = text('terraform', subject(nasty));
  expect(volume).toContain(String.raw`source = "/images/it's \"a\" $(touch x) <b>&` + '`');
  expect(volume).toContain('$$' + '{var.x}.qcow2"');
  expect(volume).toMatch(/^resource "libvirt_volume" "it_s_a_touch_x_b_var_x_" \{/);
});

it('names the formats as the other programs do', () => {
  expect(text('qemu-img', subject('a.vhd', { format: 'vhd' }))).toBe('qemu-img info -f vpc /images/a.vhd');
  const medium = subject('a.iso', { kind: 'optical', format: 'iso' });
  expect(text('libvirt', medium)).toMatch(/device="cdrom"[^]*type="raw"[^]*<readonly\/>/);
  expect(text('virtualbox', medium)).toMatch(/--type dvddrive --medium \/images\/a\.iso$/);
  expect(text('terraform', subject('9front.qcow2'))).toMatch(/^resource "libvirt_volume" "disk_9front" \{/);
});
