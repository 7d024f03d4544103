import { expect, it } from 'vitest';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { listPresets, removePreset, savePreset } from '../../../electron/catalogue/metadata-presets.ts';

it('presets belong to a cloud, have one name each, and go when they are removed', () => {
  const catalogue = openCatalogue(':memory:');
  const preset = { cloud: 'openstack', name: 'servers', values: { os_type: 'linux' } };
  savePreset(catalogue, preset);
  savePreset(catalogue, { ...preset, values: { os_type: 'windows' } });
  savePreset(catalogue, { ...preset, name: 'Archive' });
  expect(listPresets(catalogue, 'openstack').map(({ name, values }) => [name, values])).toEqual([
    ['Archive', { os_type: 'linux' }],
    ['servers', { os_type: 'windows' }],
  ]);
  expect(listPresets(catalogue, 'azure')).toEqual([]);
  removePreset(catalogue, 'openstack', 'servers');
  expect(listPresets(catalogue, 'openstack')).toHaveLength(1);
  for (let count = 1; count < 200; count++) savePreset(catalogue, { ...preset, name: `preset ${count}` });
  expect(() => savePreset(catalogue, { ...preset, name: 'one more' })).toThrow(/200 presets/);
  savePreset(catalogue, { ...preset, name: 'preset 7', values: {} });
});
