/** EC2 bundles: a manifest, and the encrypted parts of an image beside it (ec2-bundle-image, euca-bundle-image). */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { Certainty } from '../../disks/driver.ts';
import type { PackageDriver } from '../driver.ts';
import { decodeStart, readText } from '../text-encoding.ts';
import { readBundleManifest, type ParseXml } from './manifest.ts';
import { BundlePackage } from './package.ts';

const probedBytes = 64 << 10;
const manifestLimitBytes = 4 << 20;

/** The driver, with what reads XML: drivers do not know each other. */
export function amiDriver(parseXml: ParseXml): PackageDriver<'ami'> {
  return {
    id: 'ami',
    title: inEnglish('EC2 bundle'),
    extensions: ['manifest.xml'],
    probe,
    references(file) {
      const name = file.path.replace(/^.*[/\\:]/, '') || 'manifest.xml';
      const { parts } = readBundleManifest(parseXml(readText(file, manifestLimitBytes, name), name), name);
      return { files: parts.map((part) => part.file), optional: [], guest: null };
    },
    open(file, folder) {
      const { path } = file;
      const name = path.replace(/^.*[/\\:]/, '') || 'manifest.xml';
      try {
        const root = parseXml(readText(file, manifestLimitBytes, name), name);
        return new BundlePackage(readBundleManifest(root, name), {
          path,
          name,
          folder,
          sizeBytes: file.sizeBytes,
        });
      } finally {
        file.close();
      }
    },
  };
}

/** XML whose root is called manifest, with what only EC2's bundles have in it. Never throws for what the file holds. */
function probe(file: ByteSource): Certainty {
  const first = file.seekable ? Math.min(file.sizeBytes, probedBytes) : 0;
  const text = decodeStart(readBytes(file, 0, first));
  if (text === null) return 'no';
  // With a DTD it is one too: opening it refuses it with words.
  const body = text
    .replace(/^\ufeff/, '')
    .replace(/^(?:\s|<\?[^>]*\?>|<!--(?:(?!-->).)*-->|<![^>[]*(?:\[[^\]]*\]\s*)?>)*/s, '');
  if (!/^<manifest[\s>]/.test(body)) return 'no';
  return /<(?:bundler|machine_configuration|ec2_encrypted_key|user_encrypted_key)[\s>]/.test(body)
    ? 'certain'
    : 'no';
}
