// The built command line makes images ready for clouds; what it makes is judged by others.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { noise, writeRawDisk } from '../electron/engine/pattern.ts';
import { expect, test } from './app.ts';
import { CommandLine, expectFailure, type Json } from './command-line.ts';
import { expectClean, expectIdentical } from './judges.ts';

const mebibyte = 1 << 20;

test.describe('the command line prepares', () => {
  let folder: string;
  let line: CommandLine;
  const at = (...names: string[]): string => join(folder, ...names);

  test.beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'platter-prepare-'));
    line = new CommandLine(folder);
    const pieces = [{ at: 2 * mebibyte, bytes: noise(2 * mebibyte, 5) }];
    writeRawDisk(at('disk.raw'), 24 * mebibyte + 512, pieces);
    await runTool('sgdisk', ['--clear', '--new=1:2048:+8M', at('disk.raw')]);
    line.json('build', 'machine.ova', 'disk.raw', '--as', 'ova');
  });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('an OVA for Azure: a fixed VHD of whole MiB, and the answer of a look at it', async () => {
    const result: Json = line.json(
      'prepare',
      'machine.ova',
      '--for',
      'azure',
      '--out',
      'azure',
      '--set',
      'os-type=Linux',
    );
    const [file] = result.files;
    expect(file).toMatchObject({
      format: 'vhd',
      variant: 'fixed',
      fileSizeBytes: 25 * mebibyte + 512,
      verified: true,
    });
    expect(result.verdicts).toMatchObject([{ path: file.path, verdict: 'ready' }]);
    expect(
      JSON.parse(await runTool('qemu-img', ['info', '-f', 'vpc', '--output=json', file.path])),
    ).toMatchObject({
      'virtual-size': 25 * mebibyte,
    });
    await runTool('qemu-img', ['convert', '-f', 'vpc', '-O', 'raw', file.path, at('read.raw')]);
    expect(await runTool('sgdisk', ['--verify', at('read.raw')])).toContain('No problems found');
    expect(readdirSync(at('azure')).sort()).toEqual([
      'machine-azure.hand-over.sh',
      'machine-azure.provenance.json',
      'machine-azure.sha256',
      'machine-azure.tf',
      'machine-azure.vhd',
    ]);
    const script = readFileSync(at('azure', 'machine-azure.hand-over.sh'), 'utf8');
    expect(script).toContain(`--upload-size-bytes ${25 * mebibyte + 512}`);
    expect(script).toContain('--os-type Linux');
    // Again, nothing is replaced without a word.
    expectFailure(line.run('prepare', 'machine.ova', '--for', 'azure', '--out', 'azure'), 'io.exists');
  });

  test('the same OVA for OpenStack, as qcow2 with properties', async () => {
    const plan: Json = line.jsonWith(
      0,
      'prepare',
      'machine.ova',
      '--for',
      'openstack',
      '--out',
      'os',
      '--plan',
    );
    expect(plan.work.metadata).toMatchObject({ hw_disk_bus: expect.any(String) });
    expect(plan.after.verdict).toBe('ready');
    const result: Json = line.json(
      'prepare',
      'machine.ova',
      '--for',
      'openstack',
      '--out',
      'os',
      '--set',
      'team=a b',
    );
    expect(result.metadata).toMatchObject({ team: 'a b', hw_disk_bus: expect.any(String) });
    expect(result.handOver.commands[0].command).toContain(`--property 'team=a b'`);
    await expectClean(result.files[0].path);
    await expectIdentical(at('disk.raw'), result.files[0].path, 'qcow2');
    expectFailure(
      line.run('prepare', 'disk.raw', '--for', 'azure', '--out', 'x', '--set', 'nothing=1'),
      'input.invalid',
    );
    expectFailure(line.run('prepare', 'disk.raw', '--for', 'nowhere', '--out', 'x'), 'input.invalid');
  });
});
