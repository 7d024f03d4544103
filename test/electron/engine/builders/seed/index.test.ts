import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seed } from '#engine/builders/seed/index.ts';
import { sha512Crypt } from '#engine/builders/seed/sha512-crypt.ts';
import { yamlDocument, yamlText } from '#engine/builders/seed/yaml.ts';
import { iso9660 } from '#engine/guests/filesystems/iso9660/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { buildTo, textAt, treeOf, withFileSystem } from '../../guests/optical/media-files.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const path = join(folder, 'seed.iso');

function built(fields: Record<string, string>): {
  files: Record<string, string>;
  warnings: readonly string[];
} {
  const warnings = buildTo(seed, path, fields);
  return {
    warnings,
    files: withFileSystem(iso9660, path, (reader) => {
      expect(reader.label).toBe('cidata');
      return treeOf(reader);
    }),
  };
}

describe('a seed', () => {
  it('holds what the fields say', () => {
    const fields = {
      hostname: 'vm.example',
      user: 'ada',
      authorizedKeys: 'ssh-ed25519 AAAA ada@home\r\n# no key\n\nssh-rsa BBBB "two"',
      password: '$6$salt$hash',
    };
    const { files, warnings } = built(fields);
    expect(warnings).toEqual([]);
    expect(Object.keys(files).sort()).toEqual(['meta-data', 'user-data']);
    expect(files['user-data']).toBe(`#cloud-config
hostname: "vm.example"
manage_etc_hosts: true
users:
  - name: "ada"
    gecos: "ada"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    shell: "/bin/bash"
    lock_passwd: false
    passwd: "$6$salt$hash"
    ssh_authorized_keys:
      - "ssh-ed25519 AAAA ada@home"
      - "ssh-rsa BBBB \\"two\\""
ssh_pwauth: true
`);
    expect(files['meta-data']).toMatch(/^instance-id: "iid-[0-9a-f]{16}"\nlocal-hostname: "vm.example"\n$/);
  });

  it('is the same for the same fields, and another instance for others', () => {
    built({ hostname: 'a', password: 'secret' });
    const first = readFileSync(path);
    const { files } = built({ hostname: 'a', password: 'secret' });
    expect(readFileSync(path).equals(first)).toBe(true);
    const other = built({ hostname: 'a', password: 'other' });
    expect(other.files['meta-data']).not.toBe(files['meta-data']);
    expect(files['user-data']).not.toContain('secret');
  });

  it('takes texts as they are, and says which fields it does not use', () => {
    const { files, warnings } = built({
      userData: '#!/bin/sh\necho hi',
      metaData: 'local-hostname: x',
      networkConfig: 'version: 2\nethernets: {}\n',
      user: 'ada',
      instanceId: 'i-1',
    });
    expect(files).toEqual({
      'meta-data': 'local-hostname: x\n',
      'network-config': 'version: 2\nethernets: {}\n',
      'user-data': '#!/bin/sh\necho hi\n',
    });
    expect(warnings).toEqual(['seed.field-unused', 'seed.no-instance-id', 'seed.field-unused']);
    expect(built({ userData: 'nothing known' }).warnings).toEqual(['seed.user-data-kind']);
  });

  it('of no fields at all is one that changes nothing', () => {
    expect(built({}).files['user-data']).toBe('#cloud-config\n{}\n');
  });
});

describeWith('isoinfo', 'isoinfo', () => {
  it('reads a seed', () => {
    built({ hostname: 'vm' });
    const args = ['-i', path, '-J', '-x', '/meta-data;1'];
    const text = withFileSystem(iso9660, path, (reader) => textAt(reader, 'meta-data'));
    expect(execFileSync('isoinfo', args, { encoding: 'utf8' })).toBe(text);
  });
});

describeWith('openssl', 'openssl', () => {
  it.each([
    ['geheim', 'abc'],
    ['pässwörd', '0123456789abcdef'],
    ['x'.repeat(64), 'z'],
    ['y'.repeat(130), './'],
  ])('makes the same hash of %j', (password, salt) => {
    const made = execFileSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], {
      encoding: 'utf8',
      input: `${password}\n`,
    });
    expect(sha512Crypt(password, salt)).toBe(made.trim());
  });
});

describe('YAML', () => {
  it('quotes everything that could be something else', () => {
    expect(yamlDocument({ a: 'yes', b: '012', c: 'x: y # z', d: [], e: { f: [{ g: 1 }] } })).toBe(
      'a: "yes"\nb: "012"\nc: "x: y # z"\nd: []\ne:\n  f:\n    - g: 1\n',
    );
    expect(yamlText('tab\t"quote" \\ \u0085\u2028\u0007')).toBe(
      '"tab\\t\\"quote\\" \\\\ \\u0085\\u2028\\u0007"',
    );
  });
});
