// Image properties that need each other, as Nova's and Glance's sources say.
import { expect, it } from 'vitest';
import { unknownValues } from '../../../../electron/clouds/metadata.ts';
import { concerns } from '../../../../electron/clouds/openstack/metadata-concerns.ts';
import { fields } from '../../../../electron/clouds/openstack/metadata.ts';

const signature = {
  img_signature: 'c2ln',
  img_signature_hash_method: 'SHA-256',
  img_signature_key_type: 'RSA-PSS',
  img_signature_certificate_uuid: '9e8f7a8e-0000-4000-8000-000000000000',
};

it.each<[Record<string, string>, readonly string[]]>([
  [{}, []],
  [{ hw_scsi_model: 'virtio-scsi' }, ['hw_scsi_model']],
  [{ hw_scsi_model: 'virtio-scsi', hw_disk_bus: 'virtio' }, ['hw_scsi_model']],
  [{ hw_scsi_model: 'virtio-scsi', hw_disk_bus: 'scsi' }, []],
  [{ hw_scsi_model: 'virtio-scsi', hw_cdrom_bus: 'SCSI' }, []],
  [{ os_secure_boot: 'required' }, ['os_secure_boot']],
  [{ os_secure_boot: 'required', hw_firmware_type: 'bios' }, ['os_secure_boot']],
  [{ os_secure_boot: 'optional', hw_firmware_type: 'bios' }, []],
  [{ os_secure_boot: 'required', hw_firmware_type: 'uefi' }, []],
  [{ os_secure_boot: 'required', architecture: 'aarch64' }, []],
  [{ os_secure_boot: 'required', hw_machine_type: 'hyperv-gen2' }, []],
  [{ hw_firmware_stateless: 'True', hw_firmware_type: 'bios' }, ['hw_firmware_stateless']],
  [{ hw_firmware_stateless: 'false', hw_firmware_type: 'bios' }, []],
  [{ hw_tpm_model: 'tpm-tis' }, ['hw_tpm_model']],
  [{ hw_tpm_model: 'tpm-crb', hw_tpm_version: '1.2' }, ['hw_tpm_model']],
  [{ hw_tpm_model: 'tpm-crb', hw_tpm_version: '2.0' }, []],
  [{ hw_tpm_version: '1.2' }, []],
  [{ hw_vif_multiqueue_enabled: 'true', hw_vif_model: 'e1000' }, ['hw_vif_multiqueue_enabled']],
  [{ hw_vif_multiqueue_enabled: 'true' }, []],
  [{ hw_vif_multiqueue_enabled: 'false', hw_vif_model: 'e1000' }, []],
  [{ os_command_line: 'quiet' }, ['os_command_line']],
  [{ os_command_line: 'quiet', kernel_id: 'x' }, []],
  [signature, []],
  [{ img_signature: 'c2ln' }, ['img_signature']],
])('%o: something is said of %j', (metadata, names) => {
  const found = concerns(metadata);
  expect(found.map(({ name }) => name)).toEqual(names);
  for (const { message, source } of found) {
    expect(message).not.toBe('');
    expect(source?.readOn).toMatch(/^\d{4}-\d\d-\d\d$/);
  }
});

it('says of a value that it is none of the known ones', () => {
  expect(unknownValues(fields, { hw_disk_bus: 'nvme', os_type: 'linux', team: 'blue' })).toMatchObject([
    { name: 'hw_disk_bus' },
  ]);
});
