import { describe, expect, it } from 'vitest';
import type { Warning } from '#shared/domain/image.ts';
import { readItems } from '#engine/packages/ovf/hardware-item.ts';
import { readAdapters, readFirmware, readMemory, readVcpus } from '#engine/packages/ovf/machine.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';

const itemsOf = (...items: Record<string, string | number>[]) => {
  const text = items.map(
    (values) =>
      `<Item>${Object.entries(values)
        .map(([name, value]) => `<r:${name}>${value}</r:${name}>`)
        .join('')}</Item>`,
  );
  return readItems(parseXml(`<S>${text.join('')}</S>`, 'x'), null, () => {});
};

describe('readVcpus', () => {
  it('is the quantity, else sockets times cores times threads, of all processors together', () => {
    expect(readVcpus(itemsOf({ ResourceType: 3, VirtualQuantity: 4, CoresPerSocket: 2 }))).toBe(4);
    expect(readVcpus(itemsOf({ ResourceType: 3, num_of_sockets: 2, cpu_per_socket: 3 }))).toBe(6);
    expect(
      readVcpus(itemsOf({ ResourceType: 3, num_of_sockets: 2, cpu_per_socket: 3, threads_per_cpu: 2 })),
    ).toBe(12);
    expect(
      readVcpus(itemsOf({ ResourceType: 3, VirtualQuantity: 8, num_of_sockets: 2, cpu_per_socket: 4 })),
    ).toBe(8);
    expect(
      readVcpus(itemsOf({ ResourceType: 3, VirtualQuantity: 1 }, { ResourceType: 3, VirtualQuantity: 2 })),
    ).toBe(3);
    expect(readVcpus(itemsOf({ ResourceType: 3 }))).toBeNull();
    expect(readVcpus([])).toBeNull();
  });
});

describe('readMemory', () => {
  const memory = (values: Record<string, string | number>) => {
    const warnings: Warning[] = [];
    return [
      readMemory(itemsOf({ ResourceType: 4, ...values }), (warning) => warnings.push(warning)),
      warnings.length,
    ];
  };
  it.each([
    [{ VirtualQuantity: 512 }, 512 << 20],
    [{ VirtualQuantity: 2, AllocationUnits: 'byte * 2^30' }, 2 ** 31],
    [{ VirtualQuantity: 512, AllocationUnits: 'MegaBytes' }, 512 << 20],
    [{ VirtualQuantity: 1, AllocationUnits: 'GB' }, 2 ** 30],
    [{ VirtualQuantity: 1048576, AllocationUnits: 'KB' }, 2 ** 30],
    [{ VirtualQuantity: 64, AllocationUnits: 'byte * 2^30', VirtualQuantityUnits: 'byte * 2^20' }, 64 << 20],
  ])('%j', (values, bytes) => expect(memory(values)).toEqual([bytes, 0]));

  it('says what it does not understand', () => {
    expect(memory({ VirtualQuantity: 512, AllocationUnits: 'pages' })).toEqual([null, 1]);
    expect(memory({ VirtualQuantity: 'lots' })).toEqual([null, 1]);
    expect(memory({})).toEqual([null, 0]);
  });
});

it('readAdapters names, models, networks and addresses', () => {
  const adapters = readAdapters(
    itemsOf(
      {
        ResourceType: 10,
        ElementName: 'nic',
        ResourceSubType: 'E1000',
        Connection: 'VM Network',
        Address: 7,
      },
      { ResourceType: 10, Caption: 'cap', MACAddress: '00-1A-4A-00-00-01' },
      { ResourceType: 11, Address: '080027aabbcc' },
      { ResourceType: 17 },
    ),
  );
  expect(adapters).toEqual([
    { name: 'nic', model: 'E1000', network: 'VM Network', macAddress: null },
    { name: 'cap', model: null, network: null, macAddress: '00:1a:4a:00:00:01' },
    { name: 'Network adapter 3', model: null, network: null, macAddress: '08:00:27:aa:bb:cc' },
  ]);
});

describe('readFirmware', () => {
  const firmware = (hardware: string, more = '', configuration: string | null = null) => {
    const system = parseXml(
      `<VirtualSystem>${more}<VirtualHardwareSection>${hardware}</VirtualHardwareSection></VirtualSystem>`,
      'x',
    );
    return readFirmware(
      system,
      system.children.find(({ name }) => name === 'VirtualHardwareSection')!,
      configuration,
    );
  };
  const xen = (value: string): string =>
    `<x:VirtualSystemOtherConfigurationData Name="HVM_boot_params"><x:Value>${value}</x:Value></x:VirtualSystemOtherConfigurationData>`;

  it.each([
    ['VMware', '<vmw:Config vmw:key="firmware" vmw:value="efi"/>', '', 'efi'],
    [
      'VMware, BIOS',
      '<vmw:Config vmw:key="other" vmw:value="x"/><vmw:Config vmw:key="firmware" vmw:value="bios"/>',
      '',
      'bios',
    ],
    ['VMware, extra', '<vmw:ExtraConfig vmw:key="firmware" vmw:value="efi"/>', '', 'efi'],
    ['VirtualBox', '', '<vbox:Machine><Hardware><Firmware type="EFI64"/></Hardware></vbox:Machine>', 'efi'],
    [
      'VirtualBox, BIOS',
      '',
      '<vbox:Machine><Hardware><Firmware type="BIOS"/></Hardware></vbox:Machine>',
      'bios',
    ],
    ['oVirt', '', '<BiosType>1</BiosType>', 'bios'],
    ['oVirt, OVMF', '', '<BiosType>3</BiosType>', 'efi'],
    ['oVirt, secure boot', '', '<BiosType>4</BiosType>', 'efi'],
    ['oVirt, of which versions differ', '', '<BiosType>2</BiosType>', null],
    ['XenServer', xen('order=dc;firmware=uefi;'), '', 'efi'],
    ['XenServer, BIOS', xen('firmware = bios'), '', 'bios'],
    ['nobody', xen('order=dc'), '', null],
    ['something else', '<vmw:Config vmw:key="firmware" vmw:value="openfirmware"/>', '', null],
  ])('%s', (_, hardware, more, expected) => expect(firmware(hardware, more)).toBe(expected));

  it('depends on the configuration', () => {
    const both =
      '<vmw:Config ovf:configuration="a" vmw:key="firmware" vmw:value="bios"/><vmw:Config ovf:configuration="b" vmw:key="firmware" vmw:value="efi"/>';
    expect(firmware(both, '', 'b')).toBe('efi');
  });
});
