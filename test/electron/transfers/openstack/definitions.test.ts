/** The metadata definitions of a real Glance, as Debian ships them, become fields that join those of the documents. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withLive } from '../../../../electron/clouds/metadata.ts';
import { fields as known } from '../../../../electron/clouds/openstack/metadata.ts';
import { readDefinitions } from '../../../../electron/transfers/openstack/definitions.ts';
import { Glance } from '../../../../electron/transfers/openstack/glance.ts';
import { adminAccess } from '../../../setup/openstack/access.ts';
import { startOpenStack, type RealOpenStack } from '../../../setup/openstack/cloud.ts';
import { describeWith } from '../../../setup/tools.ts';

describeWith(['keystone-manage', 'glance-api', 'openstack'], "a real cloud's definitions", () => {
  let cloud: RealOpenStack;
  let glance: Glance;
  beforeAll(async () => {
    cloud = await startOpenStack();
    glance = new Glance(adminAccess(cloud));
  });
  afterAll(async () => {
    glance.close();
    await cloud.stop();
  });

  it('are those of images, with the prefixes of images, and no others', async () => {
    const live = await readDefinitions(glance);
    const byName = new Map(live.map((field) => [field.name, field]));
    expect(byName.get('hw_disk_bus')).toMatchObject({ type: 'choice' });
    // compute-cpu-pinning.json: cpu_policy, with the prefix hw_ at images.
    expect(byName.get('hw_cpu_policy')).toMatchObject({ type: 'choice', choices: ['shared', 'dedicated'] });
    // compute-libvirt.json: boot_menu is text there, a choice in our own schema.
    expect(byName.has('hw_boot_menu')).toBe(true);
    expect(byName.has('img_signature_key_type')).toBe(true);
    // Of flavours and aggregates alone.
    for (const name of ['quota:cpu_quota', 'vmware:storage_policy', 'cpu_policy', 'max_instances_per_host'])
      expect([name, byName.has(name)]).toEqual([name, false]);
    const joined = withLive(known, live);
    expect(new Set(joined.map(({ name }) => name)).size).toBe(joined.length);
    expect(joined.length).toBeGreaterThan(known.length + 10);
    // The cloud's definitions are older than Nova's: values of both can be chosen.
    const tpm = joined.find(({ name }) => name === 'hw_tpm_model')!;
    expect(tpm).toMatchObject({ choices: expect.arrayContaining(['TIS', 'tpm-tis']) });
  });

  it('are nothing where the namespace is not there, and a refusal says so', async () => {
    expect(await glance.answer('/v2/metadefs/namespaces/none')).toBeNull();
    await expect(glance.answer('/v2/metadefs/namespaces?sort_dir=sideways')).rejects.toMatchObject({
      code: 'cloud.refused',
    });
  });
});
