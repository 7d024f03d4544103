/** EBS direct and EC2 through AWS's own clients; each request's failure is one of ours. */
import {
  CompleteSnapshotCommand,
  EBSClient,
  PutSnapshotBlockCommand,
  StartSnapshotCommand,
} from '@aws-sdk/client-ebs';
import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  RegisterImageCommand,
  type ArchitectureValues,
  type BootModeValues,
  type Image,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { awsCode, awsFailure, clientConfiguration } from './sdk.ts';
import type { AwsSettings } from './settings.ts';

/** The tag that names what an upload made: its value is told to the ledger before anything is there. */
export const uploadTag = 'platter-upload';

export interface MachineImage {
  readonly name: string;
  readonly snapshotId: string;
  readonly architecture: string;
  /** Empty: that of the instance's type. */
  readonly bootMode: string;
  readonly tag: string;
}

export class AwsCloud {
  readonly #ebs: EBSClient;
  readonly #ec2: EC2Client;
  readonly #address: string;

  private constructor(ebs: EBSClient, ec2: EC2Client, address: string) {
    this.#ebs = ebs;
    this.#ec2 = ec2;
    this.#address = address;
  }

  static async open(settings: AwsSettings): Promise<AwsCloud> {
    const { ebsEndpoint, ec2Endpoint, region } = settings;
    const [ebs, ec2] = await Promise.all([
      clientConfiguration({ ...settings, endpoint: ebsEndpoint }),
      clientConfiguration({ ...settings, endpoint: ec2Endpoint }),
    ]);
    const own = [...new Set([ebsEndpoint, ec2Endpoint])].filter((address) => address !== null);
    const address = own.length > 0 ? own.join(' and ') : `Amazon EC2 ${region}`.trim();
    return new AwsCloud(new EBSClient(ebs), new EC2Client(ec2), address);
  }

  close(): void {
    this.#ebs.destroy();
    this.#ec2.destroy();
  }

  /** The snapshot's id. The same token gives the same snapshot. */
  async startSnapshot(
    snapshot: { readonly gibibytes: number; readonly description: string; readonly token: string },
    signal: AbortSignal,
  ): Promise<string> {
    const { gibibytes, description, token } = snapshot;
    const { SnapshotId } = await this.#run(inEnglish('start a snapshot'), signal, (options) =>
      this.#ebs.send(
        new StartSnapshotCommand({
          VolumeSize: gibibytes,
          Description: description,
          ClientToken: token,
          Tags: [{ Key: uploadTag, Value: token }],
        }),
        options,
      ),
    );
    return SnapshotId!;
  }

  /** Writes a block of 512 KiB. `sha256`: Base64; the service compares it with what came. */
  async putBlock(
    snapshotId: string,
    block: { readonly index: number; readonly bytes: Uint8Array; readonly sha256: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { index, bytes, sha256 } = block;
    await this.#run(inEnglish('take a block'), signal, (options) =>
      this.#ebs.send(
        new PutSnapshotBlockCommand({
          SnapshotId: snapshotId,
          BlockIndex: index,
          BlockData: bytes,
          DataLength: bytes.length,
          Checksum: sha256,
          ChecksumAlgorithm: 'SHA256',
        }),
        options,
      ),
    );
  }

  /** Seals it. `sha256`: of all blocks' digests in their order, Base64; the service compares it with its own. */
  async completeSnapshot(
    snapshotId: string,
    { blockCount, sha256 }: { readonly blockCount: number; readonly sha256: string },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#run(inEnglish('complete the snapshot'), signal, (options) =>
      this.#ebs.send(
        new CompleteSnapshotCommand({
          SnapshotId: snapshotId,
          ChangedBlocksCount: blockCount,
          Checksum: sha256,
          ChecksumAlgorithm: 'SHA256',
          ChecksumAggregationMethod: 'LINEAR',
        }),
        options,
      ),
    );
  }

  /** Null where there is none of that id. */
  async snapshot(id: string, signal?: AbortSignal): Promise<Snapshot | null> {
    const answer = await this.#run(inEnglish('look at the snapshot'), signal, (options) =>
      this.#ec2
        .send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }), options)
        .catch(unless('InvalidSnapshot.NotFound')),
    );
    return answer?.Snapshots?.[0] ?? null;
  }

  /** One's own that an upload made: that of a token, or all. */
  async uploadedSnapshots(token: string | null, signal?: AbortSignal): Promise<readonly Snapshot[]> {
    const filter =
      token === null
        ? { Name: 'tag-key', Values: [uploadTag] }
        : { Name: `tag:${uploadTag}`, Values: [token] };
    const { Snapshots } = await this.#run(inEnglish('list snapshots'), signal, (options) =>
      this.#ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: [filter] }), options),
    );
    return Snapshots ?? [];
  }

  /** Done when there is none of that id. */
  async deleteSnapshot(id: string, signal?: AbortSignal): Promise<void> {
    await this.#run(inEnglish('delete the snapshot'), signal, (options) =>
      this.#ec2
        .send(new DeleteSnapshotCommand({ SnapshotId: id }), options)
        .catch(unless('InvalidSnapshot.NotFound')),
    );
  }

  /** The image's id. */
  async register(image: MachineImage, signal: AbortSignal): Promise<string> {
    const { name, snapshotId, architecture, bootMode, tag } = image;
    const root = '/dev/xvda';
    const { ImageId } = await this.#run(inEnglish('register the image'), signal, (options) =>
      this.#ec2.send(
        new RegisterImageCommand({
          Name: name,
          Architecture: architecture as ArchitectureValues,
          ...(bootMode !== '' && { BootMode: bootMode as BootModeValues }),
          VirtualizationType: 'hvm',
          EnaSupport: true,
          RootDeviceName: root,
          BlockDeviceMappings: [
            {
              DeviceName: root,
              Ebs: { SnapshotId: snapshotId, VolumeType: 'gp3', DeleteOnTermination: true },
            },
          ],
          TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: uploadTag, Value: tag }] }],
        }),
        options,
      ),
    );
    return ImageId!;
  }

  /** One's own images: all, or that of an id, or those of an upload. */
  async images(
    which: { readonly id?: string; readonly token?: string; readonly name?: string },
    signal?: AbortSignal,
  ): Promise<readonly Image[]> {
    const { id, token, name } = which;
    const filters = [
      ...(token === undefined ? [] : [{ Name: `tag:${uploadTag}`, Values: [token] }]),
      ...(name === undefined ? [] : [{ Name: 'name', Values: [name] }]),
    ];
    const answer = await this.#run(inEnglish('list images'), signal, (options) =>
      this.#ec2
        .send(
          new DescribeImagesCommand({
            Owners: ['self'],
            ...(id !== undefined && { ImageIds: [id] }),
            ...(filters.length > 0 && { Filters: filters }),
          }),
          options,
        )
        .catch(unless('InvalidAMIID.NotFound')),
    );
    return answer?.Images ?? [];
  }

  /** Done when there is none of that id. */
  async deregister(id: string, signal?: AbortSignal): Promise<void> {
    await this.#run(inEnglish('take the image away'), signal, (options) =>
      this.#ec2
        .send(new DeregisterImageCommand({ ImageId: id }), options)
        .catch(unless('InvalidAMIID.NotFound')),
    );
  }

  async #run<T>(
    action: Message,
    signal: AbortSignal | undefined,
    request: (options: { readonly abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    try {
      return await request(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw awsFailure(error, action, this.#address);
    }
  }
}

const unless =
  (code: string) =>
  (error: unknown): null => {
    if (awsCode(error) === code) return null;
    throw error;
  };
