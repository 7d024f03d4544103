// The command line against azurite: the account comes from Azure's own variables alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { startAzurite } from '../setup/azurite/azurite.ts';
import { expect, test } from './app.ts';
import { CommandLine } from './command-line.ts';

test('upload, images, download and delete at Azure', async ({ places }) => {
  test.setTimeout(6 * 60_000);
  const azurite = await startAzurite();
  try {
    const folder = places.downloads;
    const cli = new CommandLine(folder, {
      AZURE_STORAGE_ACCOUNT: azurite.account,
      AZURE_STORAGE_KEY: azurite.key,
      AZURE_STORAGE_SERVICE_ENDPOINT: azurite.endpoint,
    });
    await runTool('qemu-img', ['create', '-f', 'qcow2', join(folder, 'buoy.qcow2'), '64M']);
    await runTool('qemu-io', ['-c', 'write -P 7 5M 300k', join(folder, 'buoy.qcow2')]);
    const account = azurite.account;
    const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
    const credential = new StorageSharedKeyCredential(account, azurite.key);
    await new BlobServiceClient(azurite.endpoint, credential).getContainerClient('images').create();
    expect(cli.json('cloud', 'check', account)).toMatchObject({ choices: { container: ['images'] } });

    const refused = cli.run('upload', 'buoy.qcow2', '--to', account, '--visibility', 'public');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('--visibility means nothing to Azure');
    const to = ['--to', account, '-o', 'container=images'];
    const { images } = cli.json('upload', 'buoy.qcow2', ...to, '--set', 'os=debian');
    expect(images).toMatchObject([{ id: 'images/buoy.vhd', verified: { algorithm: 'md5' } }]);
    expect(images[0].sentBytes).toBeLessThan(1 << 20);
    expect(cli.json('cloud', 'images', account).images).toMatchObject([
      { id: 'images/buoy.vhd', diskFormat: 'vhd', record: 'made', properties: { os: 'debian' } },
    ]);
    cli.json('cloud', 'download', account, 'buoy.vhd', 'back.vhd');
    expect(readFileSync(join(folder, 'back.vhd'))).toHaveLength((64 << 20) + 512);
    const [sent, back] = [join(folder, 'buoy.qcow2'), join(folder, 'back.vhd')];
    await runTool('qemu-img', ['compare', '-f', 'qcow2', '-F', 'vpc', sent, back]);
    cli.json('cloud', 'delete', account, 'buoy.vhd', '--yes');
    expect(cli.json('cloud', 'images', account).images).toEqual([]);
  } finally {
    await azurite.stop();
  }
});
