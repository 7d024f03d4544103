import { describe, expect, it } from 'vitest';
import { parseVmx, vmxAdapters, vmxDisks, vmxNumber } from '#engine/packages/box/vmx.ts';

const text = `.encoding = "UTF-8"
# a comment = "no"
displayName = "a |22box|22"
NUMVCPUS = "4"
memsize = "-1"
memsize = "2048"
scsi0.virtualDev = "pvscsi"
scsi0:1.fileName = "second.vmdk"
scsi0:0.present = "TRUE"
scsi0:0.fileName = "first.vmdk"
scsi0:2.present = "FALSE"
scsi0:2.fileName = "absent.vmdk"
ide1:0.fileName = "auto detect"
ide1:0.deviceType = "cdrom-raw"
sata0:0.fileName = "linux.iso"
nvme0:0.fileName = "third.vmdk"
ethernet1.present = "TRUE"
ethernet1.virtualDev = "vmxnet3"
ethernet0.present = "TRUE"
ethernet0.connectionType = "nat"
ethernet0.address = "00:0C:29:00:00:01"
ethernet2.present = "FALSE"
no equals sign
`;

describe('a .vmx', () => {
  it('is read without regard to case, later lines first', () => {
    const values = parseVmx(text.replace(/\n/g, '\r\n'));
    expect(values.get('displayname')).toBe('a "box"');
    expect([vmxNumber(values, 'numvcpus'), vmxNumber(values, 'memsize'), vmxNumber(values, 'gone')]).toEqual([
      4,
      2048,
      null,
    ]);
    expect(values.has('# a comment')).toBe(false);
  });

  it('lists hard disks only, in the order of their places', () => {
    expect(vmxDisks(parseVmx(text))).toEqual([
      { file: 'third.vmdk', controller: 'NVMe 0:0' },
      { file: 'first.vmdk', controller: 'SCSI 0:0 (pvscsi)' },
      { file: 'second.vmdk', controller: 'SCSI 0:1 (pvscsi)' },
    ]);
  });

  it('lists network adapters', () => {
    expect(vmxAdapters(parseVmx(text))).toEqual([
      { model: null, network: 'nat', macAddress: '00:0c:29:00:00:01' },
      { model: 'vmxnet3', network: null, macAddress: null },
    ]);
  });

  it('takes time in proportion to its length', () => {
    expect(parseVmx(`${'='.repeat(1 << 20)}\n${'a="'.repeat(300_000)}`).size).toBe(0);
  });
});
