import { describe, expect, it } from 'vitest';
import { osTypeName, readOperatingSystem } from '#engine/packages/ovf/operating-systems.ts';
import { textOf } from '#engine/packages/ovf/descriptor-element.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';

it.each([
  [0, null],
  [1, 'Other'],
  [29, 'Solaris'],
  [36, 'Linux'],
  [42, 'FreeBSD'],
  [58, 'Windows 2000'],
  [67, 'Windows XP'],
  [69, 'Windows Server 2003'],
  [77, 'Windows Server 2008 (64-bit)'],
  [78, 'FreeBSD (64-bit)'],
  [80, 'Red Hat Enterprise Linux (64-bit)'],
  [94, 'Ubuntu (64-bit)'],
  [96, 'Debian (64-bit)'],
  [101, 'Linux (64-bit)'],
  [105, 'Windows 7'],
  [107, 'CentOS (64-bit)'],
  [112, null],
  [116, 'Windows Server 2012 R2'],
  [121, 'Windows 10 (64-bit)'],
  [60000, null],
])('CIM operating system %d is %s', (id, name) => expect(osTypeName(id)).toBe(name));

describe('readOperatingSystem', () => {
  const read = (section: string) =>
    readOperatingSystem(parseXml(`<VirtualSystem>${section}</VirtualSystem>`, 'x'), textOf);
  it('takes the best that there is', () => {
    const all = (inner: string, attributes = ''): string =>
      `<OperatingSystemSection ovf:id="94" ${attributes}><Info/>${inner}</OperatingSystemSection>`;
    expect(read(all('<Description>My OS</Description><vbox:OSType>Ubuntu_64</vbox:OSType>'))).toBe('My OS');
    expect(read(all('<Description/><vbox:OSType>Ubuntu_64</vbox:OSType>'))).toBe('Ubuntu_64');
    expect(read(all('', 'vmw:osType="ubuntu64Guest"'))).toBe('ubuntu64Guest');
    expect(read(all(''))).toBe('Ubuntu (64-bit)');
    expect(read('<OperatingSystemSection ovf:id="a-uuid"/>')).toBeNull();
    expect(read('')).toBeNull();
  });
});
