/** What an upload is called unless somebody says otherwise. */
import { describe, expect, it } from 'vitest';
import { proposedName } from '#shared/domain/cloud-description.ts';
import { azure } from '../../../electron/transfers/azure/index.ts';
import { dynamicVhd, streamOptimizedVmdk, tarGzip } from '../../../electron/transfers/conversions.ts';
import { openstack } from '../../../electron/transfers/openstack/index.ts';
import { s3 } from '../../../electron/transfers/s3/index.ts';

describe('proposedName', () => {
  it('is that of a file with what is sent, where clouds keep files', () => {
    const name = (kind: Parameters<typeof proposedName>[3], file = 'buoy.qcow2') =>
      proposedName(s3.uploads, 'buoy', file, kind);
    expect(name('file')).toBe('buoy.qcow2');
    expect(name('file', 'buoy')).toBe('buoy');
    expect(name('raw')).toBe('buoy.raw');
    expect(name(streamOptimizedVmdk)).toBe('buoy.vmdk');
    expect(name(dynamicVhd)).toBe('buoy.vhd');
    expect(name(tarGzip)).toBe('buoy.tar.gz');
  });

  it('ends as the cloud wants it, elsewhere', () => {
    expect(proposedName(azure.uploads, 'buoy', 'buoy.qcow2', 'raw')).toBe('buoy.vhd');
    expect(proposedName(openstack.uploads, 'buoy', 'buoy.qcow2', 'file')).toBe('buoy');
  });
});
