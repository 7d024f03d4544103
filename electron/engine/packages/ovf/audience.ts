/** What the programs that import packages will not make use of, or not take at all, and why: a table of rules. */
import type { Warning } from '#shared/domain/image.ts';
import type { PackageSystem } from '#shared/domain/package.ts';
import { attribute, children, descendants, textOf } from './descriptor-element.ts';
import type { XmlElement } from './xml.ts';

/** What the rules look at besides the descriptor itself. */
export interface PackageTraits {
  readonly systems: readonly PackageSystem[];
  /** Of each file, as the descriptor says it or as it was found. */
  readonly compressions: readonly (string | null)[];
  /** The manifest's digests, as node:crypto calls them. */
  readonly digests: readonly string[];
}

/** What is noteworthy, in words; null when the rule has nothing to say. */
type Rule = (envelope: XmlElement, traits: PackageTraits) => string | null;

/** More names than that are told by their number. */
const namesShown = 4;

function list(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const shown = distinct.slice(0, namesShown).join(', ');
  return distinct.length > namesShown ? `${shown} and ${distinct.length - namesShown} more` : shown;
}

function formatsOf({ systems }: PackageTraits): string[] {
  return systems.flatMap(({ disks }) => disks.flatMap(({ file, format }) => (file !== null && format) || []));
}

/** Names of disks whose format is not among those. */
function disksOtherThan(traits: PackageTraits, formats: readonly string[]): string[] {
  return traits.systems.flatMap(({ disks }) =>
    disks.flatMap(({ name, file, format }) =>
      file !== null && format !== null && !formats.includes(format) ? [`${name} (${format})`] : [],
    ),
  );
}

const has = (envelope: XmlElement, kind: string): boolean =>
  !descendants(envelope, kind)[Symbol.iterator]().next().done;

function vmwareSettings(envelope: XmlElement): string[] {
  return [...descendants(envelope, 'Config'), ...descendants(envelope, 'ExtraConfig')]
    .flatMap((config) => attribute(config, 'key') ?? [])
    .filter((key) => key !== 'firmware');
}

function hardwareFamilies(envelope: XmlElement): string[] {
  return [...descendants(envelope, 'VirtualSystemType')].flatMap((type) => textOf(type) ?? []);
}

const vmware: readonly Rule[] = [
  (_, traits) => {
    const names = disksOtherThan(traits, ['vmdk']);
    return names.length === 0
      ? null
      : `VMware refuses ${list(names)}: it takes VMDK disks only, streamOptimized ones from a package.`;
  },
  (_, { compressions }) =>
    compressions.includes('gzip')
      ? "VMware's host client does not undo gzip in a package: ovftool does, and so does extracting the disks."
      : null,
  (_, { compressions }) => {
    const others = compressions.filter((method): method is string => method !== null && method !== 'gzip');
    return others.length === 0
      ? null
      : `VMware and VirtualBox refuse files compressed with ${list(others)}: in an OVF package they undo gzip alone.`;
  },
  (_, { digests }) =>
    digests.some((digest) => digest !== 'sha1' && digest !== 'md5')
      ? 'VMware ESXi before 6.5 and the old vSphere Client refuse a manifest that is not SHA-1; without its manifest they take the package.'
      : null,
  (envelope) => {
    const families = hardwareFamilies(envelope);
    const known = families.length === 0 || families.some((family) => /\bvmx-\d/i.test(family));
    return known
      ? null
      : `VMware refuses the hardware family ${list(families)}: VirtualSystemType has to name one of its own, like vmx-13.`;
  },
  (envelope) =>
    has(envelope, 'Machine')
      ? "VMware ignores VirtualBox's own section: what is only said there (firmware, chipset, sound) is lost."
      : null,
  (envelope) =>
    has(envelope, 'VirtualSystemCollection')
      ? 'VMware takes a package of several machines as a vApp, which needs vCenter; ESXi by itself refuses it.'
      : null,
  (envelope) =>
    has(envelope, 'DeploymentOptionSection') || has(envelope, 'Property')
      ? 'VMware ESXi without vCenter ignores properties and deployment options, and takes their defaults.'
      : null,
];

const virtualBox: readonly Rule[] = [
  (_, traits) => {
    const names = disksOtherThan(traits, ['vmdk', 'vhd', 'vdi']);
    return names.length === 0 ? null : `VirtualBox refuses ${list(names)}: it imports VMDK and VHD disks.`;
  },
  (envelope) => {
    const keys = vmwareSettings(envelope);
    return keys.length === 0 ? null : `VirtualBox ignores VMware's settings (${list(keys)}).`;
  },
  (envelope, { systems }) =>
    systems.some(({ firmware }) => firmware === 'efi') && !has(envelope, 'Machine')
      ? 'VirtualBox does not read the firmware from the package: EFI has to be turned on in the machine before its first start.'
      : null,
  ...['StartupSection', 'DeploymentOptionSection', 'InstallSection'].map(
    (kind): Rule =>
      (envelope) =>
        has(envelope, kind) ? `VirtualBox ignores the ${kind}: ${sectionMeaning[kind]!}.` : null,
  ),
  (envelope) =>
    has(envelope, 'Property')
      ? 'VirtualBox ignores the properties of the product: it has no OVF environment to hand them to the guest.'
      : null,
  (envelope) =>
    children(envelope, 'Strings').length > 0
      ? 'VirtualBox ignores the translations, and shows the texts in the descriptor itself.'
      : null,
  (_, { systems }) =>
    systems.length > 1
      ? `VirtualBox imports the ${systems.length} machines one by one: what holds for them together is lost.`
      : null,
  (envelope) =>
    has(envelope, 'ResourceAllocationSection')
      ? 'VirtualBox ignores the ResourceAllocationSection: there are no shares or limits for a group of machines.'
      : null,
];

const sectionMeaning: Readonly<Record<string, string>> = {
  StartupSection: 'the machines start in no order, and not by themselves',
  DeploymentOptionSection: 'there is no choice of configurations',
  InstallSection: 'a first start for installing is a start like any other',
};

const openStack: readonly Rule[] = [
  (_, traits) =>
    formatsOf(traits).length > 0
      ? 'OpenStack ignores everything but the disks: Glance keeps a package as it is and Nova does not start one. Extract the disks; processors, memory and network adapters come from a flavor and ports.'
      : null,
  (_, { systems }) =>
    systems.some(({ firmware }) => firmware === 'efi')
      ? 'OpenStack has to be told the firmware: the image needs the property hw_firmware_type=uefi.'
      : null,
  (_, traits) =>
    formatsOf(traits).length > 1
      ? 'OpenStack makes one image of each disk: a machine starts from one, the others become volumes that are attached.'
      : null,
  (envelope) => {
    const names = new Set(
      [...descendants(envelope, 'Property')].flatMap((property) => attribute(property, 'key') ?? []),
    );
    return names.size === 0
      ? null
      : `OpenStack ignores the properties (${list([...names])}): user data for cloud-init takes their place.`;
  },
];

/** Each says by its first word which program it is about. */
const rules: readonly Rule[] = [...vmware, ...virtualBox, ...openStack];

/** What VMware, VirtualBox and OpenStack will ignore or refuse of the package that `envelope` describes. */
export function audienceNotes(envelope: XmlElement, traits: PackageTraits): Warning[] {
  return rules.flatMap((rule) => {
    const message = rule(envelope, traits);
    return message === null ? [] : [{ code: 'package.ignored', message }];
  });
}
