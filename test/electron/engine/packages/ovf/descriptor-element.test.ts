import { describe, expect, it } from 'vitest';
import {
  attribute,
  child,
  children,
  descendants,
  kindOf,
  ovfVersion,
  textOf,
  wholeNumber,
} from '#engine/packages/ovf/descriptor-element.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';

const xml = (text: string) => parseXml(text, 'x');

describe('kindOf', () => {
  it('is the name, or the type of what version 0.9 calls sections and content', () => {
    expect(kindOf(xml('<o:DiskSection/>'))).toBe('DiskSection');
    expect(kindOf(xml('<Section xsi:type="ovf:DiskSection_Type"/>'))).toBe('DiskSection');
    expect(kindOf(xml('<Content type="VirtualSystem_Type"/>'))).toBe('VirtualSystem');
    expect(kindOf(xml('<Section/>'))).toBe('Section');
    expect(kindOf(xml('<Firmware type="EFI"/>'))).toBe('Firmware');
  });
});

describe('attribute', () => {
  it('prefers the envelope’s own, then none, then any', () => {
    const ns = 'xmlns:e="http://schemas.dmtf.org/ovf/envelope/1" xmlns:o="http://www.ovirt.org/ovf"';
    expect(attribute(xml(`<a ${ns} o:id="24" id="0" e:id="80"/>`), 'id')).toBe('80');
    expect(attribute(xml('<a o:id="24" ovf:id="80"/>'), 'id')).toBe('80');
    expect(attribute(xml('<a o:id="24" id="0"/>'), 'id')).toBe('0');
    expect(attribute(xml('<a o:id="24"/>'), 'id')).toBe('24');
    expect(attribute(xml('<a xmlns:id="urn:x"/>'), 'id')).toBeNull();
  });
});

it('finds children and descendants by kind', () => {
  const root = xml('<a><b/><c><b x="1"/></c><Section type="b_Type"/></a>');
  expect(children(root, 'b')).toHaveLength(2);
  expect(child(root, 'c')?.children).toHaveLength(1);
  expect([...descendants(root, 'b')]).toHaveLength(3);
  expect(child(root, 'd')).toBeNull();
});

it('trims texts and tells empty ones', () => {
  expect(textOf(xml('<a> x </a>'))).toBe('x');
  expect(textOf(xml('<a> </a>'))).toBeNull();
  expect(textOf(null)).toBeNull();
});

it.each([
  ['12', 12],
  [' 7 ', 7],
  ['-1', null],
  ['1.5', null],
  ['', null],
  ['99999999999999999999', null],
  [null, null],
])('wholeNumber(%j) is %j', (text, number) => expect(wholeNumber(text)).toBe(number));

it.each([
  ['<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"/>', '1.x'],
  ['<o:Envelope xmlns:o="http://schemas.dmtf.org/ovf/envelope/1/"/>', '1.x'],
  ['<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/2" ovf:version="2.0"/>', '2.x'],
  ['<Envelope xmlns="http://www.vmware.com/schema/ovf/1/envelope"/>', '0.9'],
  ['<Envelope ovf:version="0.9"/>', '0.9'],
  ['<Envelope version="1.0.0"/>', '1.x'],
  ['<Envelope version="20"/>', null],
  ['<Envelope/>', null],
])('%s is version %s', (text, version) => expect(ovfVersion(xml(text))).toBe(version));
