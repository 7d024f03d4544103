/** The content identifiers of a new VMDK, made from its content: the same disk always gets the same ones. */
import { ContentIdentity } from '../content-identity.ts';
import type { TargetShape } from '../driver.ts';

/** What VMware reads as "no parent" and "see the long content ID". */
const reserved: readonly string[] = ['ffffffff', 'fffffffe', '00000000'];

export interface ContentId {
  /** `CID`: eight hexadecimal digits. */
  readonly short: string;
  /** `ddb.longContentID`: 32 hexadecimal digits, of which the last eight are the CID. */
  readonly long: string;
  /** 16 bytes: a UUID of version 8 (RFC 9562). */
  readonly uuid: Uint8Array;
  /** `ddb.uuid`: 16 bytes that begin as VMware's own do, with its number among the makers of devices. */
  readonly deviceId: Uint8Array;
}

/** NAA 6, and VMware's 000C29. */
const deviceIdPrefix = '6000c29';

/** The identifiers of a disk of that shape that holds `content`. @see ContentIdentity */
export function contentId(shape: TargetShape, content: Uint8Array): ContentId {
  const options = Object.keys(shape.options)
    .sort()
    .map((name) => [name, shape.options[name]]);
  const kind = ['vmdk', shape.capacityBytes, shape.variant, JSON.stringify(options)];
  const identity = new ContentIdentity(kind, content);
  const device = deviceIdPrefix + hex(identity.bytes('device')).slice(0, 32 - deviceIdPrefix.length);
  return {
    ...contentIds(hex(identity.bytes('content'))),
    uuid: identity.uuid('uuid'),
    deviceId: new Uint8Array(Buffer.from(device, 'hex')),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function contentIds(digest: string): Pick<ContentId, 'short' | 'long'> {
  for (let at = 0; ; at += 8) {
    const short = digest.slice(at, at + 8);
    // A digest of nothing but reserved words is one in 2^256; then any other word does.
    if (short.length < 8) return { short: '00000001', long: `${digest.slice(0, 24)}00000001` };
    if (!reserved.includes(short)) return { short, long: digest.slice(32, 56) + short };
  }
}
