import { describe, expect, it } from 'vitest';
import { parseProperties, propertiesText, propertyChanges } from '../../../renderer/state/properties-text.ts';

describe('properties as text', () => {
  it('come back as they were, without those that are the cloud’s own', () => {
    const properties = {
      os_distro: 'debian',
      os_command_line: 'root=LABEL=a b',
      os_glance_failed_import: '',
    };
    const text = propertiesText(properties);
    expect(text).toBe('os_distro=debian\nos_command_line=root=LABEL=a b');
    expect(propertyChanges(properties, text)).toEqual({ changes: {}, problem: null });
  });

  it('say what was changed, added and taken out', () => {
    const before = { a: '1', b: '2', c: '3' };
    expect(propertyChanges(before, 'a = 1\n\nb=two\nd=4').changes).toEqual({ b: 'two', c: null, d: '4' });
  });

  it('name the line that says nothing', () => {
    expect(parseProperties('a=1\nnonsense').problem).toBe('Line 2 is not name=value.');
    expect(parseProperties('=1').problem).toBe('Line 1 is not name=value.');
  });
});
