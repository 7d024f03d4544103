/** OpenStack's image properties: Glance's metadata definitions (etc/metadefs) and useful-image-properties, read 2026-11-28. */
import type { MetadataField, MetadataProposal } from '#shared/domain/preparation.ts';
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { architectureOf, distributionOf, firmwareOf, proposal, systemOf } from '../guest-words.ts';

const choice = (name: string, title: string, help: string, choices: string): MetadataField => ({
  name,
  title,
  help,
  type: 'choice',
  choices: choices.split(' '),
});
const text = (name: string, title: string, help: string, pattern?: string): MetadataField => ({
  name,
  title,
  help,
  type: 'text',
  ...(pattern === undefined ? {} : { pattern }),
});
const uuid = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

export const fields: readonly MetadataField[] = [
  choice(
    'os_type',
    inEnglish('Operating system'),
    inEnglish('What Nova formats extra disks for, and how it sets the clock.'),
    'linux windows',
  ),
  text(
    'os_distro',
    inEnglish('Distribution'),
    inEnglish('In lower case, as libosinfo names it: ubuntu, debian, rocky, windows.'),
    '[a-z0-9][a-z0-9._-]{0,63}',
  ),
  text('os_version', inEnglish('Version'), inEnglish("The distribution's version."), '[\\x20-\\x7e]{1,255}'),
  choice(
    'architecture',
    inEnglish('Architecture'),
    inEnglish('What the scheduler looks for a host with.'),
    'x86_64 aarch64 i686 armv7l ppc64 ppc64le riscv64 s390x',
  ),
  text(
    'os_admin_user',
    inEnglish('First user'),
    inEnglish('Who gets the password that is set from outside.'),
    '[\\x21-\\x7e]{1,64}',
  ),
  choice(
    'hw_firmware_type',
    inEnglish('Firmware'),
    inEnglish('What starts the disk. BIOS unless said otherwise.'),
    'bios uefi',
  ),
  choice(
    'hw_firmware_stateless',
    inEnglish('Stateless firmware'),
    inEnglish('UEFI variables are not kept, and begin anew at every start.'),
    'true false',
  ),
  choice(
    'os_secure_boot',
    inEnglish('Secure boot'),
    inEnglish('Needs UEFI, and a host that can.'),
    'required optional disabled',
  ),
  choice('hw_machine_type', inEnglish('Machine'), inEnglish('The chipset that QEMU shows.'), 'pc q35 virt'),
  choice(
    'hw_disk_bus',
    inEnglish('Disk bus'),
    inEnglish('How the guest sees its disks.'),
    'virtio scsi sata ide usb fdc',
  ),
  choice(
    'hw_scsi_model',
    inEnglish('SCSI controller'),
    inEnglish('Only with the disk bus scsi.'),
    'virtio-scsi lsilogic lsisas1068 lsisas1078 vmpvscsi buslogic ibmvscsi',
  ),
  choice(
    'hw_cdrom_bus',
    inEnglish('CD-ROM bus'),
    inEnglish('Where a config drive or a medium is attached.'),
    'sata ide scsi virtio usb',
  ),
  choice(
    'hw_vif_model',
    inEnglish('Network adapter'),
    inEnglish('How the guest sees its network.'),
    'virtio e1000 e1000e igb ne2k_pci pcnet rtl8139 vmxnet3',
  ),
  choice(
    'hw_vif_multiqueue_enabled',
    inEnglish('Multiqueue'),
    inEnglish('As many queues as processors; the guest needs virtio.'),
    'true false',
  ),
  choice(
    'hw_video_model',
    inEnglish('Graphics'),
    inEnglish('The graphics card.'),
    'virtio vga cirrus qxl vmvga bochs none',
  ),
  choice(
    'hw_rng_model',
    inEnglish('Random numbers'),
    inEnglish('Gives the guest random numbers of the host.'),
    'virtio',
  ),
  choice(
    'hw_qemu_guest_agent',
    inEnglish('QEMU guest agent'),
    inEnglish('The guest runs it: snapshots can be consistent then.'),
    'yes no',
  ),
  choice(
    'os_require_quiesce',
    inEnglish('Consistent snapshots only'),
    inEnglish('Fails a snapshot where the agent does not answer.'),
    'true false',
  ),
  choice(
    'hw_tpm_model',
    inEnglish('TPM'),
    inEnglish('How an emulated TPM is seen; tpm-tis unless said otherwise.'),
    'tpm-tis tpm-crb',
  ),
  choice(
    'hw_tpm_version',
    inEnglish('TPM version'),
    inEnglish('Gives the machine an emulated TPM of that version.'),
    '2.0 1.2',
  ),
  choice(
    'hw_watchdog_action',
    inEnglish('Watchdog'),
    inEnglish('What is done when the guest does not answer.'),
    'disabled reset poweroff pause none',
  ),
  choice('hw_boot_menu', inEnglish('Boot menu'), inEnglish('The BIOS asks what to start.'), 'true false'),
  choice(
    'img_config_drive',
    inEnglish('Config drive'),
    inEnglish('Whether metadata comes on a drive, too.'),
    'optional mandatory',
  ),
  choice(
    'img_type',
    inEnglish('Kind (Ironic)'),
    inEnglish('For bare metal: a whole disk, or one partition.'),
    'whole-disk partition',
  ),
  text(
    'kernel_id',
    inEnglish('Kernel'),
    inEnglish('The id of the kernel image, for an image that is one bare file system.'),
    uuid,
  ),
  text('ramdisk_id', inEnglish('RAM disk'), inEnglish('The id of the RAM disk image.'), uuid),
  text(
    'os_command_line',
    inEnglish('Kernel command line'),
    inEnglish('For images with a kernel of their own (AMI) only.'),
    '[\\x20-\\x7e]{1,255}',
  ),
];

/** Distributions whose names in os-release are not libosinfo's. */
const distributions: Readonly<Record<string, string>> = {
  'opensuse-leap': 'opensuse',
  'opensuse-tumbleweed': 'opensuse',
  sles: 'sled',
  ol: 'oraclelinux',
};
const architectures: Readonly<Record<string, string>> = { i386: 'i686', arm: 'armv7l' };

/** OVF's controllers, as Controllers.describe() spells them, and Nova's names for the same. */
const controllers: readonly (readonly [RegExp, string, string | null])[] = [
  [/virtio-SCSI|VirtioSCSI/i, 'scsi', 'virtio-scsi'],
  [/virtio/i, 'virtio', null],
  [/VirtualSCSI|pvscsi/i, 'scsi', 'vmpvscsi'],
  [/lsilogicsas|lsisas/i, 'scsi', 'lsisas1068'],
  [/lsilogic/i, 'scsi', 'lsilogic'],
  [/buslogic/i, 'scsi', 'buslogic'],
  [/^SCSI/i, 'scsi', null],
  [/^SATA/i, 'sata', null],
  [/^IDE/i, 'ide', null],
];
const adapters: readonly (readonly [RegExp, string])[] = [
  [/^vmxnet3$/i, 'vmxnet3'],
  [/^e1000e$/i, 'e1000e'],
  [/^e1000/i, 'e1000'],
  [/^pcnet/i, 'pcnet'],
  [/virtio/i, 'virtio'],
  [/rtl8139/i, 'rtl8139'],
];

export function propose(facts: PreflightFacts): readonly MetadataProposal[] {
  const distribution = distributionOf(facts);
  return [
    ...proposal('os_type', systemOf(facts)),
    ...proposal('os_distro', distribution, (id) => distributions[id] ?? id),
    ...(distribution?.version == null
      ? []
      : [{ name: 'os_version', value: distribution.version, reason: distribution.reason }]),
    ...proposal('architecture', architectureOf(facts), (name) => architectures[name] ?? name),
    ...proposal('hw_firmware_type', firmwareOf(facts)),
    ...hardware(facts),
  ];
}

function hardware({ machine }: PreflightFacts): readonly MetadataProposal[] {
  const { controller = null, nicModel = null } = machine ?? {};
  const [, bus, model = null] = controllers.find(([pattern]) => pattern.test(controller ?? '')) ?? [];
  const [, adapter] = adapters.find(([pattern]) => pattern.test(nicModel ?? '')) ?? [];
  const attached = inEnglish('The package attaches its disk to {controller}.', {
    controller: controller ?? '',
  });
  return [
    ...(bus === undefined ? [] : [{ name: 'hw_disk_bus', value: bus, reason: attached }]),
    ...(model === null ? [] : [{ name: 'hw_scsi_model', value: model, reason: attached }]),
    ...(adapter === undefined
      ? []
      : [
          {
            name: 'hw_vif_model',
            value: adapter,
            reason: inEnglish('The package has a network adapter {nicModel}.', { nicModel: nicModel ?? '' }),
          },
        ]),
  ];
}
