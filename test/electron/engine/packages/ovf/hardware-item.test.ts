import { describe, expect, it } from 'vitest';
import type { Warning } from '#shared/domain/image.ts';
import { itemValue, readItems } from '#engine/packages/ovf/hardware-item.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';

function read(items: string, configuration: string | null = null) {
  const warnings: Warning[] = [];
  const section = parseXml(`<VirtualHardwareSection>${items}</VirtualHardwareSection>`, 'x');
  return { items: readItems(section, configuration, (warning) => warnings.push(warning)), warnings };
}
const item = (values: Record<string, string | number>, attributes = ''): string =>
  `<Item ${attributes}>${Object.entries(values)
    .map(([name, value]) => `<r:${name}>${value}</r:${name}>`)
    .join('')}</Item>`;

describe('readItems', () => {
  it('reads all three kinds, whatever their prefixes', () => {
    const { items } = read(
      `${item({ InstanceID: 1, ResourceType: 3 })}
       <o:StorageItem><s:InstanceID>2</s:InstanceID><s:ResourceType>17</s:ResourceType><s:HostResource>/disk/a</s:HostResource><s:HostResource>/disk/b</s:HostResource></o:StorageItem>
       <EthernetPortItem><InstanceId>3</InstanceId><ResourceType>10</ResourceType></EthernetPortItem><Other/>`,
    );
    expect(items.map(({ instanceId, resourceType }) => [instanceId, resourceType])).toEqual([
      ['1', 3],
      ['2', 17],
      ['3', 10],
    ]);
    expect(items[1]!.hostResources).toEqual(['/disk/a', '/disk/b']);
  });

  it('takes those of the configuration', () => {
    const both =
      item({ InstanceID: 1, ResourceType: 3, VirtualQuantity: 1 }, 'ovf:configuration="small"') +
      item({ InstanceID: 1, ResourceType: 3, VirtualQuantity: 8 }, 'ovf:configuration="large"');
    expect(read(both, 'large').items.map((i) => itemValue(i, 'virtualquantity'))).toEqual(['8']);
    expect(read(both, 'small').items.map((i) => itemValue(i, 'virtualquantity'))).toEqual(['1']);
    expect(read(both, null).items).toEqual([]);
  });

  it('combines what stands for one device: later elements replace earlier ones', () => {
    const { items, warnings } = read(
      item({ InstanceID: 1, ResourceType: 17, HostResource: '/disk/a', Parent: 3, Caption: 'a' }) +
        item({ InstanceID: 1, ResourceType: 17, Parent: 4 }, 'ovf:configuration="c"'),
      'c',
    );
    expect(items).toHaveLength(1);
    expect(itemValue(items[0]!, 'parent')).toBe('4');
    expect(itemValue(items[0]!, 'caption')).toBe('a');
    expect(items[0]!.hostResources).toEqual(['/disk/a']);
    expect(warnings).toEqual([]);
  });

  it('leaves bounds to who deploys, unless there is nothing else', () => {
    const memory = (bound: string, quantity: number): string =>
      item(
        { InstanceID: 2, ResourceType: 4, VirtualQuantity: quantity },
        bound === '' ? '' : `ovf:bound="${bound}"`,
      );
    const normal = read(memory('min', 256) + memory('', 512) + memory('max', 1024)).items;
    expect(normal.map((i) => itemValue(i, 'virtualquantity'))).toEqual(['512']);
    expect(read(memory('min', 256)).items).toHaveLength(1);
  });

  it('keeps devices apart that share an InstanceID by mistake, and says so', () => {
    const { items, warnings } = read(
      item({ InstanceID: 5, ResourceType: 17, HostResource: '/disk/a' }) +
        item({ InstanceID: 5, ResourceType: 17, HostResource: '/disk/b' }) +
        item({ InstanceID: 5, ResourceType: 10 }),
    );
    expect(items).toHaveLength(3);
    expect(warnings.map(({ code }) => code)).toEqual([
      'package.duplicate-instance',
      'package.duplicate-instance',
    ]);
  });

  it('does without InstanceIDs', () => {
    expect(read(item({ ResourceType: 3 }) + item({ ResourceType: 3 })).items).toHaveLength(2);
  });
});
