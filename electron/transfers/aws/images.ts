/** One's own images in EC2, and snapshots that uploads made and no image names. */
import type { Image, Snapshot } from '@aws-sdk/client-ec2';
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { uploadTag, type AwsCloud } from './client.ts';

const gibibyte = 1 << 30;

/** The newest first. @throws Failure `cloud.*`. */
export async function listImages(cloud: AwsCloud, signal?: AbortSignal): Promise<readonly CloudImage[]> {
  const [images, snapshots] = await Promise.all([
    cloud.images({}, signal),
    cloud.uploadedSnapshots(null, signal),
  ]);
  const named = new Set(images.flatMap(snapshotsOf));
  const alone = snapshots.filter(({ SnapshotId }) => !named.has(SnapshotId!));
  return [...images.map(ofImage), ...alone.map(ofSnapshot)].sort((one, other) =>
    other.createdAt.localeCompare(one.createdAt),
  );
}

/** An image goes with those of its snapshots that an upload made. Done when it is not there. @throws Failure `cloud.*`. */
export async function deleteImage(cloud: AwsCloud, id: string, signal?: AbortSignal): Promise<void> {
  if (id.startsWith('snap-')) return cloud.deleteSnapshot(id, signal);
  const [images, snapshots] = await Promise.all([
    cloud.images({ id }, signal),
    cloud.uploadedSnapshots(null, signal),
  ]);
  const uploaded = new Set(snapshots.map(({ SnapshotId }) => SnapshotId!));
  await cloud.deregister(id, signal);
  for (const snapshotId of images.flatMap(snapshotsOf)) {
    if (uploaded.has(snapshotId)) await cloud.deleteSnapshot(snapshotId, signal);
  }
}

function snapshotsOf({ BlockDeviceMappings }: Image): readonly string[] {
  return (BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
}

const common = {
  isProtected: false,
  tags: [],
  hash: null,
  properties: {},
  record: null,
} as const;

function ofImage(image: Image): CloudImage {
  const { ImageId, Name, State, CreationDate, Architecture, BootMode, BlockDeviceMappings, Tags } = image;
  const gibibytes = BlockDeviceMappings?.[0]?.Ebs?.VolumeSize;
  const createdAt = CreationDate ?? '';
  return {
    ...common,
    kind: 'image',
    id: ImageId!,
    name: Name ?? null,
    status: State ?? 'unknown',
    isComplete: State === 'available',
    diskFormat: 'ami',
    sizeBytes: gibibytes === undefined ? null : gibibytes * gibibyte,
    createdAt,
    updatedAt: createdAt,
    facts: [
      { label: inEnglish('Architecture'), value: Architecture ?? 'unknown' },
      ...(BootMode === undefined ? [] : [{ label: inEnglish('Boot mode'), value: BootMode }]),
      { label: inEnglish('Snapshot'), value: snapshotsOf(image).join(', ') },
    ],
    properties: Object.fromEntries(
      (Tags ?? []).flatMap(({ Key, Value }) =>
        Key === undefined || Key === uploadTag ? [] : [[Key, Value ?? '']],
      ),
    ),
  };
}

function ofSnapshot({ SnapshotId, Description, State, StartTime, VolumeSize }: Snapshot): CloudImage {
  const createdAt = StartTime?.toISOString() ?? '';
  return {
    ...common,
    kind: 'snapshot',
    id: SnapshotId!,
    name: Description?.replace(/ \(Platter\)$/, '') ?? null,
    status: State ?? 'unknown',
    isComplete: State === 'completed',
    diskFormat: 'snapshot',
    sizeBytes: VolumeSize === undefined ? null : VolumeSize * gibibyte,
    createdAt,
    updatedAt: createdAt,
    facts: [],
  };
}
