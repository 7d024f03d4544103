// The hand-over of OpenStack, run by a shell with OpenStack's own client against a real Keystone and Glance.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from '#engine/operations/build.ts';
import { preflightFacts } from '#engine/operations/preflight-facts.ts';
import { prepare } from '#engine/operations/prepare.ts';
import type { PreparationRequest } from '#shared/domain/preparation.ts';
import { planPreparation } from '../../../electron/clouds/plan.ts';
import { startOpenStack, type RealOpenStack } from '../../setup/openstack/cloud.ts';
import { describeWith } from '../../setup/tools.ts';
import { run } from '../engine/operations/guest-files.ts';
import { noise, writeRawDisk } from '../engine/pattern.ts';
import { quietControl } from '../engine/quiet-control.ts';
import { scratchFolder } from '../engine/scratch.ts';

const mebibyte = 1 << 20;
const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
const sha512 = (path: string): string => createHash('sha512').update(readFileSync(path)).digest('hex');

/** What `openstack image show` says. */
interface Shown {
  readonly id: string;
  readonly status: string;
  readonly disk_format: string;
  readonly size: number;
  readonly properties: Readonly<Record<string, string>>;
}

describeWith(
  ['keystone-manage', 'glance-api', 'openstack', 'mkfs.ext4', 'tar'],
  'a hand-over to a real OpenStack',
  () => {
    let cloud: RealOpenStack;
    beforeAll(async () => {
      cloud = await startOpenStack();
    });
    afterAll(() => cloud.stop());

    /** Prepares, and runs the script that lies beside the files. */
    function handOver(source: string, changes: Partial<PreparationRequest>): void {
      const request = {
        source: { path: source },
        cloud: 'openstack',
        outputFolder: at(changes.name!),
        ...changes,
      };
      const facts = preflightFacts(request.source, quietControl());
      const { work } = planPreparation(facts, request, { tool: 'Platter' });
      prepare(work, quietControl());
      execFileSync('sh', [at(changes.name!, `${changes.name!}.hand-over.sh`)], {
        env: cloud.environment,
        stdio: 'pipe',
      });
    }
    const show = async (name: string): Promise<Shown> => (await cloud.client('image', 'show', name)) as Shown;

    it('makes an image of the file, with its properties, to the byte', async () => {
      const source = writeRawDisk(at('disk.raw'), 24 * mebibyte, [
        { at: mebibyte, bytes: noise(mebibyte, 5) },
      ]);
      const note = `it's "$HOME" \\ of 100%`;
      handOver(source, { name: 'plain', target: 'qcow2', metadata: { os_distro: 'debian', note } });
      const shown = await show('plain');
      expect(shown).toMatchObject({ status: 'active', disk_format: 'qcow2' });
      expect(shown.properties).toMatchObject({
        os_distro: 'debian',
        note,
        os_hash_value: sha512(at('plain', 'plain.qcow2')),
      });
    });

    it('joins the parts first where the file was split', async () => {
      const source = writeRawDisk(at('split.raw'), 4 * mebibyte, [{ at: 0, bytes: noise(4 * mebibyte, 6) }]);
      handOver(source, { name: 'split', target: 'raw', splitBytes: mebibyte, checksums: ['sha512'] });
      expect(existsSync(at('split', 'split.raw.004'))).toBe(true);
      const shown = await show('split');
      const digest = sha512(source);
      expect(shown).toMatchObject({ status: 'active', size: 4 * mebibyte });
      expect(shown.properties).toMatchObject({ os_hash_value: digest });
      expect(readFileSync(at('split', 'split.sha512'), 'utf8')).toBe(`${digest}  split.raw\n`);
    });

    it('makes a set of three of a UEC tarball, of which the image names the others', async () => {
      const image = writeRawDisk(at('root.img'), 8 * mebibyte, []);
      run('mkfs.ext4', '-q', image);
      // A Linux kernel by its boot sector's marks (Documentation/arch/x86/boot.rst), and a RAM disk by cpio's.
      const kernel = Buffer.alloc(4096);
      kernel.writeUInt16LE(0xaa55, 0x1fe);
      kernel.write('HdrS', 0x202, 'latin1');
      kernel.writeUInt16LE(0x020f, 0x206);
      writeFileSync(at('vmlinuz'), kernel);
      const ramdisk = ['070701', '0'.repeat(104), '\0'.repeat(402)].join('');
      writeFileSync(at('initrd'), ramdisk);
      const inputs = [image, at('vmlinuz'), at('initrd')].map((path) => ({ path }));
      build({ builder: 'uec', inputs, outputPath: at('cirros.tar.gz'), fields: {} }, quietControl());
      handOver(at('cirros.tar.gz'), { name: 'cirros' });
      const [whole, first, second] = await Promise.all([
        show('cirros'),
        show('cirros-kernel'),
        show('cirros-ramdisk'),
      ]);
      expect([first.disk_format, second.disk_format, whole.disk_format]).toEqual(['aki', 'ari', 'ami']);
      expect(whole.properties).toMatchObject({ kernel_id: first.id, ramdisk_id: second.id });
      expect(first.properties).toMatchObject({ os_hash_value: sha512(at('vmlinuz')) });
      // Every call of OpenStack's client is a start of Python: six of them.
    }, 240_000);
  },
);
