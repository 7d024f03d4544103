import { describe, expect, it } from 'vitest';
import {
  countsIn,
  defaultConfiguration,
  readProperties,
  withProperties,
} from '#engine/packages/ovf/configuration.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';

const xml = (text: string) => parseXml(text, 'x');
const options = (configurations: string) =>
  xml(`<Envelope><DeploymentOptionSection><Info/>${configurations}</DeploymentOptionSection></Envelope>`);

describe('defaultConfiguration', () => {
  it('is the one that says so, else the first, else none', () => {
    expect(
      defaultConfiguration(options('<Configuration id="a"/><Configuration id="b" default="true"/>')),
    ).toBe('b');
    expect(defaultConfiguration(options('<Configuration id="a"/><Configuration id="b" default="1"/>'))).toBe(
      'b',
    );
    expect(
      defaultConfiguration(options('<Configuration id="a"/><Configuration id="b" default="false"/>')),
    ).toBe('a');
    expect(defaultConfiguration(xml('<Envelope/>'))).toBeNull();
  });
});

it('countsIn takes lists', () => {
  expect(countsIn(xml('<Item/>'), 'a')).toBe(true);
  expect(countsIn(xml('<Item configuration="b a"/>'), 'a')).toBe(true);
  expect(countsIn(xml('<Item configuration="b"/>'), 'a')).toBe(false);
  expect(countsIn(xml('<Item configuration="b"/>'), null)).toBe(false);
});

describe('properties', () => {
  const envelope = xml(`<Envelope><VirtualSystem>
    <ProductSection class="org.x" instance="1"><Property key="size" value="10"><Value value="20" configuration="big"/></Property></ProductSection>
    <ProductSection><Property key="plain" value="5"/><Property key="none"/></ProductSection>
  </VirtualSystem></Envelope>`);

  it('have the value of the configuration, under their full and their bare key', () => {
    const small = readProperties(envelope, null);
    expect([small.get('org.x.size.1'), small.get('size'), small.get('plain')]).toEqual(['10', '10', '5']);
    expect(readProperties(envelope, 'big').get('org.x.size.1')).toBe('20');
  });

  it('are put into texts', () => {
    const properties = readProperties(envelope, null);
    expect(withProperties(`$${'{size}'}`, properties)).toBe('10');
    expect(withProperties(`$${'{plain}'}$${'{ org.x.size.1 }'}`, properties)).toBe('510');
    expect(withProperties('42', properties)).toBe('42');
    expect(withProperties(`$${'{none}'}`, properties)).toBeNull();
  });
});
