/** VMware ESXi: a package that ovftool takes in, or a disk that vmkfstools imports. */
import { inEnglish } from '#shared/in-english.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local, required } from '../shell-words.ts';

export const preparation: Preparation = {
  ...usual,
  targets: [forms.streamVmdk],
  takesMedia: true,
  handOver({ outputs, name }) {
    const whole = outputs.find(({ role, fileName }) => role === 'package' && /\.ov[af]$/i.test(fileName));
    if (whole !== undefined) {
      const lines = [
        required('HOST', 'the address of the host, as vi://root@esxi.example.org'),
        required('DATASTORE', 'the datastore'),
        command('ovftool', { shell: '"--datastore=$DATASTORE"' }, `--name=${name}`, local(whole.fileName), {
          shell: '"$HOST"',
        }),
      ];
      return {
        commands: [{ title: inEnglish('Import the package'), command: lines.join('\n') }],
        terraform: null,
      };
    }
    const folder = '"/vmfs/volumes/$DATASTORE/';
    return {
      commands: outputs.map(({ fileName, role }, index) => ({
        title:
          role === 'disk'
            ? inEnglish('Copy {fileName} to the host and import it', { fileName })
            : inEnglish('Copy {fileName} to the host', { fileName }),
        command: [
          required('HOST', 'the host, reached by SSH'),
          required('DATASTORE', 'the datastore'),
          command('scp', local(fileName), { shell: `"root@$HOST:/vmfs/volumes/$DATASTORE/${fileName}"` }),
          ...(role === 'disk'
            ? [
                command(
                  'ssh',
                  { shell: '"root@$HOST"' },
                  {
                    shell: `vmkfstools -i "'/vmfs/volumes/$DATASTORE/${fileName}'" -d thin ${folder}${fileName.replace(/\.vmdk$/i, '')}-${index + 1}-thin.vmdk"`,
                  },
                ),
              ]
            : []),
        ].join('\n'),
      })),
      terraform: null,
    };
  },
};
