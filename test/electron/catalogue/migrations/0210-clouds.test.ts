import { describe, expect, it } from 'vitest';
import { openCatalogue } from '../../../../electron/catalogue/database.ts';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';

describe('0210-clouds', () => {
  it('has an account say where it is written, once', () => {
    const known = migrations.filter(({ version }) => version <= 210);
    const catalogue = openCatalogue(':memory:', { migrations: known });
    const insert = (settings: string | null, file: string | null): void => {
      catalogue.run(
        `INSERT INTO cloud_accounts (name, cloud, settings, file) VALUES ('lab', 'openstack', @settings, @file)`,
        { settings, file },
      );
    };
    expect(() => insert(null, null)).toThrow();
    expect(() => insert('{}', '/clouds.yaml')).toThrow();
    insert('{}', null);
    expect(catalogue.all('SELECT name FROM cloud_accounts')).toEqual([{ name: 'lab' }]);
    catalogue.close();
  });
});
