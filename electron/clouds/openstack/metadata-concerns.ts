/** Image properties that need each other: what Nova does with one that lacks the other, each with where that was read. */
import type { Metadata, MetadataConcern } from '#shared/domain/preparation.ts';
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';

interface Pairing {
  /** The property that needs another. */
  readonly name: string;
  readonly message: Message;
  readonly source: RuleSource;
  /** Whether it lacks that. */
  readonly lacks: (values: Values) => boolean;
}

const usefulProperties: RuleSource = {
  title: 'OpenStack Glance, useful image properties: hw_scsi_model',
  readOn: '2026-11-29',
};
const secureBoot: RuleSource = { title: 'OpenStack Nova, admin guide: Secure Boot', readOn: '2026-11-29' };
const stateless: RuleSource = {
  title: 'OpenStack Nova, specification of hw_firmware_stateless',
  readOn: '2026-11-29',
};
const tpm: RuleSource = {
  title: 'OpenStack Nova, nova/virt/hardware.py: get_vtpm_constraint',
  readOn: '2026-11-29',
};
const multiqueue: RuleSource = {
  title: 'OpenStack Glance, useful image properties: hw_vif_multiqueue_enabled',
  readOn: '2026-11-29',
};
const commandLine: RuleSource = {
  title: 'OpenStack Glance 25, metadefs/compute-libvirt-image.json: os_command_line',
  readOn: '2026-11-29',
};
const signatures: RuleSource = {
  title: 'OpenStack cursive, signature_utils.py: should_create_verifier',
  readOn: '2026-11-29',
};
const signatureNames = [
  'img_signature',
  'img_signature_hash_method',
  'img_signature_key_type',
  'img_signature_certificate_uuid',
];

/** Values as Nova reads them: in lower case, and truth in several words. */
class Values {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  has(name: string): boolean {
    return this.#metadata[name] !== undefined;
  }

  is(name: string, value: string): boolean {
    return this.#metadata[name]?.toLowerCase() === value;
  }

  isTrue(name: string): boolean {
    return ['true', 'yes', '1', 'on', 't', 'y'].some((word) => this.is(name, word));
  }

  /** Where there is no BIOS, UEFI needs no word: AArch64, and Hyper-V's second generation. */
  get startsByUefi(): boolean {
    return (
      this.is('hw_firmware_type', 'uefi') ||
      this.is('architecture', 'aarch64') ||
      this.is('hw_machine_type', 'hyperv-gen2')
    );
  }
}

const pairings: readonly Pairing[] = [
  {
    name: 'hw_scsi_model',
    message: inEnglish('It needs the disk bus scsi: nothing is attached to it otherwise.'),
    source: usefulProperties,
    lacks: (values) => !values.is('hw_disk_bus', 'scsi') && !values.is('hw_cdrom_bus', 'scsi'),
  },
  {
    name: 'os_secure_boot',
    message: inEnglish('It needs the firmware uefi.'),
    source: secureBoot,
    lacks: (values) => values.is('os_secure_boot', 'required') && !values.startsByUefi,
  },
  {
    name: 'hw_firmware_stateless',
    message: inEnglish('It needs the firmware uefi.'),
    source: stateless,
    lacks: (values) => values.isTrue('hw_firmware_stateless') && !values.startsByUefi,
  },
  {
    name: 'hw_tpm_model',
    message: inEnglish('It needs a TPM version: without one there is no TPM.'),
    source: tpm,
    lacks: (values) => !values.has('hw_tpm_version'),
  },
  {
    name: 'hw_tpm_model',
    message: inEnglish('tpm-crb is for version 2.0 alone: no machine starts with another.'),
    source: tpm,
    lacks: (values) =>
      values.is('hw_tpm_model', 'tpm-crb') &&
      values.has('hw_tpm_version') &&
      !values.is('hw_tpm_version', '2.0'),
  },
  {
    name: 'hw_vif_multiqueue_enabled',
    message: inEnglish('It is for virtio network adapters alone.'),
    source: multiqueue,
    lacks: (values) =>
      values.isTrue('hw_vif_multiqueue_enabled') &&
      values.has('hw_vif_model') &&
      !values.is('hw_vif_model', 'virtio'),
  },
  {
    name: 'os_command_line',
    message: inEnglish('It is for images with a kernel of their own: it needs a kernel.'),
    source: commandLine,
    lacks: (values) => !values.has('kernel_id'),
  },
  ...signatureNames.map((name) => ({
    name,
    message: inEnglish('A signature is looked at where all of it is there: {signatureNames}.', {
      signatureNames: signatureNames.join(', '),
    }),
    source: signatures,
    lacks: (values: Values) => !signatureNames.every((other) => values.has(other)),
  })),
];

/** What of the properties would come to nothing, or keep a machine from starting. */
export function concerns(metadata: Metadata): readonly MetadataConcern[] {
  const values = new Values(metadata);
  return pairings
    .filter(({ name, lacks }) => values.has(name) && lacks(values))
    .map(({ name, message, source }) => ({ name, message, source }));
}
