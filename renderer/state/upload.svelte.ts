/** An image that is about to go to a cloud: the account, what it is called and described as, and the start of the job. */
import type { ImageVisibility } from '#shared/domain/cloud-image.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { Job } from '#shared/domain/job.ts';
import type { UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { api } from '../api.ts';
import { accounts } from './accounts.svelte.ts';
import { parseProperties } from './properties-text.ts';
import { startOnce } from './starting.ts';

/** What Glance takes as it is, by the drivers' ids. */
const named: readonly string[] = ['qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx', 'iso'];

export class Upload {
  readonly path: string;
  info = $state.raw<ImageInfo | null>(null);
  failure = $state.raw<Failure | null>(null);
  account = $state('');
  name = $state('');
  kind = $state<'file' | 'raw'>('file');
  visibility = $state<ImageVisibility>('private');
  /** One a line: name=value. */
  properties = $state('');
  isProtected = $state(false);
  starting = $state(false);
  readonly parsed = $derived(parseProperties(this.properties));
  /** What the file is to the cloud. */
  readonly fileFormat = $derived.by(() => {
    const format = this.info?.format ?? 'raw';
    return named.includes(format) ? format : 'raw';
  });
  /** A file that is compressed as a whole means nothing to a cloud. */
  readonly mustRead = $derived.by(() => this.info !== null && this.info.wrapper !== null);
  readonly work = $derived.by((): UploadWork | null => {
    const { account, info, parsed, path, visibility, isProtected } = this;
    const name = this.name.trim();
    if (account === '' || info === null || name === '' || parsed.problem !== null) return null;
    const kind = this.mustRead ? 'raw' : this.kind;
    return {
      account,
      method: 'upload',
      visibility,
      isProtected,
      parts: [
        {
          role: 'image',
          name,
          source: { kind, reference: { path } },
          diskFormat: kind === 'raw' ? 'raw' : this.fileFormat,
          containerFormat: 'bare',
          properties: parsed.properties,
        },
      ],
    };
  });

  constructor(path: string) {
    this.path = path;
    this.name = fileNameOf(path).replace(/\.[^.]+$/, '');
  }

  async load(): Promise<void> {
    await accounts.load();
    this.account = accounts.usable[0]?.name ?? '';
    try {
      this.info = await api.images.inspect({ path: this.path });
    } catch (error) {
      this.failure = Failure.from(error);
    }
  }

  /** Queues the job; null when it could not start, which was said. */
  start(): Promise<Job | null> {
    return startOnce(this, this.work && { kind: 'upload', request: this.work });
  }
}
