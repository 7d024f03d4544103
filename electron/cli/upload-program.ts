/** The words of the command line for uploads and for images in clouds. */
import type { Command } from 'commander';
import { collect, json } from './option-words.ts';
import type { Run } from './run.ts';

/* Each command's code is loaded when it runs: the others', and their libraries, cost time at every start. */
const clouds = () => import('./clouds.ts');
const uploads = () => import('./upload.ts');

/** Adds `platter upload` and `platter cloud …`. */
export function addUploads(root: Command, run: Run): void {
  root
    .command('upload <file>')
    .description(
      'bring an image into a cloud, compared by the digest that it computes; FILE may be a web address. What was cut off goes on when the same is asked again, where the cloud lets it',
    )
    .requiredOption(
      '--to <account>',
      'an account of clouds.yaml, of OS_* variables ("envvars"), or of the window',
    )
    .option('--name <name>', 'what it is called there')
    .option(
      '--as <kind>',
      'file: as it lies; raw: the disk in it; qcow2, vmdk, vhd, …: converted while it is sent',
    )
    .option('-o, --option <name=value>', 'a choice that the account’s cloud offers; may be repeated', collect)
    .option('--disk-format <format>', 'OpenStack: what the cloud is told that it is, e.g. qcow2')
    .option('--container-format <format>', 'likewise; bare unless said otherwise')
    .option('--set <name=value>', 'a property; may be repeated', collect)
    .option('--tag <tag>', 'may be repeated', collect)
    .option('--visibility <who>', 'private (so unless said), shared, community or public')
    .option('--protected', 'nobody can delete it')
    .option('--min-disk <gigabytes>', 'the least disk of a machine')
    .option('--min-ram <megabytes>', 'the least memory of a machine')
    .option('--method <method>', 'upload, glance-direct or web-download')
    .option('--store <store>', 'where the cloud keeps it; may be repeated', collect)
    .option('--kernel <file>', 'the kernel of an AMI, uploaded before it')
    .option('--ramdisk <file>', 'the RAM disk of an AMI, uploaded before it')
    .option('--wait', 'end when the image is ready there, and compared: so unless said otherwise', true)
    .option('--no-wait', 'end when the cloud has begun to import; nothing is compared then')
    .option(...json)
    .action(run(async (file: string, options) => (await uploads()).upload(file, options)));
  const group = root.command('cloud').description('accounts, and images that are in a cloud');
  group
    .command('list')
    .option(...json)
    .description('the accounts that there are')
    .action(run(async (options) => (await clouds()).cloudList(options)));
  group
    .command('add <account>')
    .requiredOption('--cloud <cloud>', 'openstack, s3, …: what it is an account of')
    .option('--set <name=value>', 'what there is to say, e.g. bucket=images; may be repeated', collect)
    .option(...json)
    .description('keep an account; its password or key is taken from the environment when it is used')
    .action(run(async (account: string, options) => (await clouds()).cloudAdd(account, options)));
  group
    .command('forget <account>')
    .option(...json)
    .description('forget an account; what is in the cloud stays')
    .action(run(async (account: string, options) => (await clouds()).cloudForget(account, options)));
  group
    .command('check <account>')
    .option(...json)
    .description('log in and ask what the cloud offers')
    .action(run(async (account: string, options) => (await clouds()).cloudCheck(account, options)));
  group
    .command('images <account>')
    .option(...json)
    .description('the images in the cloud')
    .action(run(async (account: string, options) => (await clouds()).cloudImages(account, options)));
  group
    .command('download <account> <image> <output>')
    .option('--force', 'replace an existing output')
    .option(...json)
    .description('fetch an image, by its id or its name, and compare its digest')
    .action(
      run(async (account: string, image: string, output: string, options) =>
        (await uploads()).download(account, image, output, options),
      ),
    );
  group
    .command('delete <account> <image>')
    .requiredOption('--yes', 'it is gone for good: say that you mean it')
    .option(...json)
    .description('delete an image in the cloud, by its id or its name')
    .action(
      run(async (account: string, image: string, options) =>
        (await clouds()).cloudDelete(account, image, options),
      ),
    );
  group
    .command('cleanup [account]')
    .option(...json)
    .description('delete what uploads that were cut off have left half-made')
    .action(
      run(async (account: string | undefined, options) => (await clouds()).cloudCleanUp(account, options)),
    );
}
