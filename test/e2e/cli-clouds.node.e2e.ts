// The command line against a real OpenStack: the account comes from clouds.yaml and secure.yaml alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { startOpenStack } from '../setup/openstack/cloud.ts';
import { needsTool } from '../setup/tool-paths.ts';
import { expect, test } from './app.ts';
import { CommandLine, expectFailure } from './command-line.ts';

test('upload, images, download and delete', async ({ places }) => {
  test.skip(!needsTool('keystone-manage') || !needsTool('glance-api'), 'no OpenStack here');
  test.slow();
  const cloud = await startOpenStack();
  try {
    const folder = places.downloads;
    const cli = new CommandLine(folder);
    await runTool('qemu-img', ['create', '-f', 'qcow2', join(folder, 'buoy.qcow2'), '64M']);
    const auth = { auth_url: cloud.authUrl, username: 'admin', project_name: 'admin' };
    const lab = { auth, region_name: cloud.region };
    writeFileSync(join(folder, 'clouds.yaml'), JSON.stringify({ clouds: { lab } }));
    expectFailure(
      cli.run('upload', 'buoy.qcow2', '--to', 'lab', '--wayt'),
      'input.invalid',
      "'--wayt' (Did you",
    );
    const refused = cli.run('cloud', 'images', 'lab');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('OS_PASSWORD');

    const secrets = { clouds: { lab: { auth: { password: cloud.password } } } };
    writeFileSync(join(folder, 'secure.yaml'), JSON.stringify(secrets));
    expect(cli.json('cloud', 'check', 'lab')).toMatchObject({ user: 'admin', project: 'admin' });
    const set = ['--set', 'os_distro=debian'];
    const { images } = cli.json('upload', 'buoy.qcow2', '--to', 'lab', '--name', 'Buoy', '--wait', ...set);
    expect(images).toMatchObject([{ status: 'active', verified: { algorithm: 'sha512' } }]);
    expect(cli.json('cloud', 'images', 'lab').images).toMatchObject([
      { id: images[0].id, diskFormat: 'qcow2', record: 'made', properties: { os_distro: 'debian' } },
    ]);
    cli.json('cloud', 'download', 'lab', 'Buoy', 'back.qcow2');
    const [sent, back] = ['buoy.qcow2', 'back.qcow2'].map((name) => readFileSync(join(folder, name)));
    expect(back!.equals(sent!)).toBe(true);
    expect(cli.json('cloud', 'cleanup')).toEqual({ removed: [], kept: [] });
    cli.json('cloud', 'delete', 'lab', 'Buoy', '--yes');
    expect(await cloud.client('image', 'list')).toEqual([]);
  } finally {
    await cloud.stop();
  }
});
