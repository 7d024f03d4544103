// Hand-overs of every cloud: a shell reads them, programs of the same name get the words, and no name means more than a name.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inWords } from '#shared/text/in-words.ts';
import { describe, expect, it } from 'vitest';
import { planPreparation } from '../../../electron/clouds/plan.ts';
import { clouds } from '../../../electron/clouds/registry.ts';
import { command, quoted, terraformString } from '../../../electron/clouds/shell-words.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { factsWith, packageWith } from './facts.ts';

const folder = scratchFolder();
const programs = [
  ...[
    'openstack',
    'aws',
    'coldsnap',
    'az',
    'azcopy',
    'gcloud',
    'oci',
    'doctl',
    'aliyun',
    'hcloud-upload-image',
  ],
  ...['virtctl', 'virt-install', 'qm', 'ovftool', 'scp', 'ssh', 'VBoxManage'],
];
/** Programs that write down what they were called with, a line a word, and answer with an id. */
const bin = join(folder, 'bin');
mkdirSync(bin);
for (const program of programs) {
  const path = join(bin, program);
  writeFileSync(
    path,
    `#!/bin/sh\n{ echo "> ${program}"; for word; do echo "$word"; done; } >> "$CALLS"\necho id-of-it\n`,
  );
  chmodSync(path, 0o755);
}
const variables = [
  'BUCKET',
  'RESOURCE_GROUP',
  'COMPARTMENT_ID',
  'ADDRESS',
  'REGION',
  'VMID',
  'STORAGE',
  'HOST',
  'DATASTORE',
];
const given = Object.fromEntries(variables.map((name) => [name, `my ${name.toLowerCase()}`]));

/** Every program's words, call by call, when the script of that plan is run. */
function callsOf(
  cloud: string,
  facts = factsWith({ format: 'qed', wrapper: 'lz4' }),
  metadata = {},
): string[][] {
  const request = { source: { path: facts.path }, cloud, outputFolder: '/out', metadata };
  const { work } = planPreparation(facts, request, { tool: 'Platter' });
  const script = join(folder, 'hand-over.sh');
  const calls = join(folder, `calls-${cloud}`);
  writeFileSync(script, work.texts[0]!.text);
  writeFileSync(calls, '');
  for (const { fileName } of work.outputs) writeFileSync(join(folder, fileName), '');
  const environment = { ...given, CALLS: calls, PATH: `${bin}:/usr/bin:/bin` };
  const run = spawnSync('sh', [script], { env: environment, encoding: 'utf8' });
  expect([cloud, run.status, run.stderr]).toEqual([cloud, 0, '']);
  return readFileSync(calls, 'utf8')
    .split('> ')
    .slice(1)
    .map((call) => call.trimEnd().split('\n'));
}

describe.skipIf(process.platform === 'win32')('a hand-over', () => {
  it.each(clouds.filter(({ id }) => id !== 'hyper-v').map(({ id }) => id))(
    'for %s runs from end to end',
    (id) => {
      const calls = callsOf(id);
      expect(calls.length).toBeGreaterThan(0);
      const { targets } = clouds.find((cloud) => cloud.id === id)!.preparation;
      const fileName = `disk-${id}.${targets[0].extension}`;
      expect(calls.flat().some((word) => word.includes(fileName))).toBe(true);
      // What the packages of two disks need goes through, too.
      callsOf(id, packageWith('box', { format: 'vmdk' }, { format: 'vmdk' }));
    },
  );

  it('stops, and says what is missing', () => {
    const request = { source: { path: '/images/disk' }, cloud: 'google', outputFolder: '/out' };
    const { work } = planPreparation(factsWith(), request, { tool: 'Platter' });
    const run = spawnSync('sh', ['-c', work.texts[0]!.text], {
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain('the Cloud Storage bucket');
  });

  it('gives every value as one word, whatever it holds', () => {
    const nasty = `it's "$HOME" \`id\` $(id) ; rm -rf \\ *`;
    const calls = callsOf('openstack', factsWith({ format: 'qed' }), { note: nasty, os_distro: '' });
    expect(calls[0]).toContain(`note=${nasty}`);
    expect(calls[0]!.join(' ')).not.toContain('os_distro');
    expect(calls[0]).toEqual(
      expect.arrayContaining(['--disk-format', 'qcow2', '--file', './disk-openstack.qcow2']),
    );
  });

  it.each([
    ['openstack', 'sh ./box.join.sh'],
    ['hyper-v', '& ./box.join.cmd'],
  ])('for %s begins with joining what is split', (cloud, command) => {
    const request = { source: { path: '/images/disk' }, cloud, name: 'box', outputFolder: '/out' };
    const { work, handOver } = planPreparation(
      factsWith(),
      { ...request, splitBytes: 2 ** 30 },
      { tool: 'x' },
    );
    expect(handOver.commands[0]!.command).toBe(command);
    expect(work.texts[0]!.text).toContain(`\n${command}\n`);
    expect(work.steps.map(inWords).join('\n')).toContain('parts of 1 GiB');
  });

  it('says the exact size that Azure wants, and the set that OpenStack wants', () => {
    const azure = callsOf('azure', factsWith({ virtualSizeBytes: 20 * 2 ** 20 + 512 }));
    expect(azure[0]).toEqual(expect.arrayContaining(['--upload-size-bytes', String(21 * 2 ** 20 + 512)]));
    const bare = { scheme: null, wholeDisk: 'ext4', backupGpt: null } as const;
    const set = { kernel: { path: '/k', format: 'raw' }, ramdisk: { path: '/r', format: 'raw' } };
    const calls = callsOf('openstack', { ...factsWith({ layout: bare }), set });
    expect(calls.map((call) => call[call.indexOf('--disk-format') + 1])).toEqual(['aki', 'ari', 'ami']);
    expect(calls[2]).toEqual(expect.arrayContaining(['kernel_id=id-of-it', 'ramdisk_id=id-of-it']));
  });
});

describe('words', () => {
  it('need quotes where a shell would read more in them', () => {
    expect(quoted('plain-1.2_3/x:y=z@%,+')).toBe('plain-1.2_3/x:y=z@%,+');
    expect(quoted('')).toBe("''");
    expect(quoted("it's")).toBe(`'it'\\''s'`);
    expect(quoted('~root')).toBe(`'~root'`);
    expect(command('a', { shell: '"$B"' }, 'c d')).toBe(`a "$B" 'c d'`);
    expect(terraformString(['a"$', '{b}%{c}'].join(''))).toBe(['"a\\"$$', '{b}%%{c}"'].join(''));
  });
});
