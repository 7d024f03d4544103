/** The OVF descriptor of one machine: DSP0243 1.1, valid against DSP8023 1.1, as VMware and VirtualBox read it. */
import type { MachineDescription } from './machine-fields.ts';
import { element, textElement, xmlDocument, type XmlNode } from './xml-text.ts';

const envelopeNamespace = 'http://schemas.dmtf.org/ovf/envelope/1';
const cimNamespace = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2';

/** A disk as the descriptor refers to it. Sizes in bytes. */
export interface DescribedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
  /** How many bytes of it hold data: an estimate for who imports it. */
  readonly dataBytes: number;
  /** Null where there is none. */
  readonly formatUri: string | null;
}

/** The most digits that a number in bytes has; what is reserved for a descriptor is counted with it. */
const largest = Number.MAX_SAFE_INTEGER;

/** How long the descriptor gets at most, whatever the sizes of the files are. */
export function descriptorLimit(
  machine: MachineDescription,
  files: readonly Pick<DescribedFile, 'name' | 'formatUri'>[],
): number {
  const widest = files.map((file) => ({
    ...file,
    sizeBytes: largest,
    virtualSizeBytes: largest,
    dataBytes: largest,
  }));
  return Buffer.byteLength(describeMachine(machine, widest));
}

/** The text of the descriptor. @throws Failure `input.invalid` for texts that XML cannot hold. */
export function describeMachine(machine: MachineDescription, files: readonly DescribedFile[]): string {
  const root = element(
    'Envelope',
    {
      'ovf:version': '1.0',
      'xml:lang': 'en-US',
      xmlns: envelopeNamespace,
      'xmlns:ovf': envelopeNamespace,
      'xmlns:rasd': `${cimNamespace}/CIM_ResourceAllocationSettingData`,
      'xmlns:vssd': `${cimNamespace}/CIM_VirtualSystemSettingData`,
      'xmlns:vmw': 'http://www.vmware.com/schema/ovf',
      'xmlns:vbox': 'http://www.virtualbox.org/ovf/machine',
    },
    [
      element('References', {}, files.map(reference)),
      element('DiskSection', {}, [
        textElement('Info', 'The virtual disks of the package'),
        ...files.map(disk),
      ]),
      networkSection(machine),
      virtualSystem(machine, files.length),
    ],
  );
  return xmlDocument(root);
}

const fileId = (index: number): string => `file${index + 1}`;
const diskId = (index: number): string => `vmdisk${index + 1}`;

function reference({ name, sizeBytes }: DescribedFile, index: number): XmlNode {
  return element('File', { 'ovf:href': name, 'ovf:id': fileId(index), 'ovf:size': sizeBytes });
}

function disk({ virtualSizeBytes, dataBytes, formatUri }: DescribedFile, index: number): XmlNode {
  return element('Disk', {
    'ovf:capacity': virtualSizeBytes,
    'ovf:capacityAllocationUnits': 'byte',
    'ovf:diskId': diskId(index),
    'ovf:fileRef': fileId(index),
    'ovf:format': formatUri,
    'ovf:populatedSize': dataBytes,
  });
}

function networkSection({ nicCount, network }: MachineDescription): XmlNode | null {
  if (nicCount === 0) return null;
  return element('NetworkSection', {}, [
    textElement('Info', 'The networks that the machine is connected to'),
    element('Network', { 'ovf:name': network }, [textElement('Description', `The network “${network}”`)]),
  ]);
}

function virtualSystem(machine: MachineDescription, diskCount: number): XmlNode {
  const { annotation, eula } = machine;
  return element('VirtualSystem', { 'ovf:id': 'vm' }, [
    textElement('Info', 'A virtual machine'),
    textElement('Name', machine.name),
    element('OperatingSystemSection', { 'ovf:id': machine.os.cimType, 'vmw:osType': machine.os.vmware }, [
      textElement('Info', 'The operating system of the machine'),
      textElement('Description', machine.os.title),
      element('vbox:OSType', { 'ovf:required': 'false' }, machine.os.virtualBox),
    ]),
    hardware(machine, diskCount),
    annotation === null
      ? null
      : element('AnnotationSection', {}, [
          textElement('Info', 'Notes'),
          textElement('Annotation', annotation),
        ]),
    productSection(machine),
    eula === null
      ? null
      : element('EulaSection', {}, [textElement('Info', 'A licence'), textElement('License', eula)]),
  ]);
}

function productSection({ product, vendor, version }: MachineDescription): XmlNode | null {
  if (product === null && vendor === null && version === null) return null;
  return element('ProductSection', {}, [
    textElement('Info', 'About the product'),
    textElement('Product', product),
    textElement('Vendor', vendor),
    textElement('Version', version),
  ]);
}

function hardware(machine: MachineDescription, diskCount: number): XmlNode {
  return element('VirtualHardwareSection', {}, [
    textElement('Info', 'The virtual hardware of the machine'),
    element('System', {}, [
      textElement('vssd:ElementName', 'Virtual Hardware Family'),
      textElement('vssd:InstanceID', 0),
      textElement('vssd:VirtualSystemIdentifier', machine.name),
      textElement('vssd:VirtualSystemType', machine.hardwareVersion),
    ]),
    ...items(machine, diskCount).map((values, index) => item({ ...values, InstanceID: index + 1 })),
    machine.firmware === 'efi'
      ? element('vmw:Config', { 'ovf:required': 'false', 'vmw:key': 'firmware', 'vmw:value': 'efi' })
      : null,
  ]);
}

type ItemValues = Readonly<Record<string, string | number>>;

/** The devices; the InstanceID of each is its place among them, from 1. */
function items(machine: MachineDescription, diskCount: number): ItemValues[] {
  const { vcpus, memoryMib, nicCount, controller } = machine;
  const controllers = Math.max(1, Math.ceil(diskCount / controller.units));
  /** Processors and memory come before the controllers. */
  const firstController = 3;
  return [
    {
      AllocationUnits: 'hertz * 10^6',
      Description: 'Number of virtual CPUs',
      ElementName: `${vcpus} virtual CPU(s)`,
      ResourceType: 3,
      VirtualQuantity: vcpus,
    },
    {
      AllocationUnits: 'byte * 2^20',
      Description: 'Memory Size',
      ElementName: `${memoryMib}MB of memory`,
      ResourceType: 4,
      VirtualQuantity: memoryMib,
    },
    ...Array.from({ length: controllers }, (_, number) => ({
      Address: number,
      Description: `${controller.title} controller`,
      ElementName: `${controller.title} controller ${number}`,
      ResourceSubType: controller.subtype,
      ResourceType: controller.resourceType,
    })),
    ...Array.from({ length: diskCount }, (_, index) => ({
      AddressOnParent: unitOf(machine, index),
      ElementName: `Hard disk ${index + 1}`,
      HostResource: `ovf:/disk/${diskId(index)}`,
      Parent: firstController + Math.floor(index / controller.units),
      ResourceType: 17,
    })),
    ...Array.from({ length: nicCount }, (_, index) => ({
      AddressOnParent: index,
      AutomaticAllocation: 'true',
      Connection: machine.network,
      Description: `${machine.nicModel} network adapter on “${machine.network}”`,
      ElementName: `Network adapter ${index + 1}`,
      ResourceSubType: machine.nicModel,
      ResourceType: 10,
    })),
  ];
}

/** On a SCSI bus unit 7 is the controller itself. */
function unitOf({ controller }: MachineDescription, index: number): number {
  const unit = index % controller.units;
  return controller.resourceType === 6 && unit >= 7 ? unit + 1 : unit;
}

/** The schema wants the elements in the order of the alphabet. */
function item(values: ItemValues): XmlNode {
  const names = Object.keys(values).sort();
  return element(
    'Item',
    {},
    names.map((name) => textElement(`rasd:${name}`, values[name]!)),
  );
}
