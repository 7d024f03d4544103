import { describe, expect, it } from 'vitest';
import { argumentFiles } from '../../../electron/shell/argument-files.ts';

describe('argumentFiles', () => {
  it('takes the arguments of a packaged app', () => {
    expect(argumentFiles(['/opt/platter', '/images/a.ova', 'b.ova'], '/home/kim', false)).toEqual([
      '/images/a.ova',
      '/home/kim/b.ova',
    ]);
  });

  it('leaves out the app’s folder of an unpackaged one', () => {
    expect(argumentFiles(['/bin/electron', '/src/platter', 'a.ova'], '/tmp', true)).toEqual(['/tmp/a.ova']);
    expect(argumentFiles(['/bin/electron', '.'], '/tmp', true)).toEqual([]);
  });

  it('skips options, and the values of those that have one', () => {
    const argv = [
      '/bin/electron',
      '--inspect=0',
      '-r',
      '/hook.cjs',
      '--no-sandbox',
      '/src/platter',
      '--x',
      'a.ova',
    ];
    expect(argumentFiles(argv, '/tmp', true)).toEqual(['/tmp/a.ova']);
  });

  it('understands addresses of local files, and no others', () => {
    const argv = [
      '/opt/platter',
      'file:///images/my%20disk.ova',
      'https://example.com/x.ova',
      'file://%%',
      '',
    ];
    expect(argumentFiles(argv, '/tmp', false)).toEqual(['/images/my disk.ova']);
  });
});
