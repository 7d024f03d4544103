/** What is in a cloud, in words. */
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import { t } from '#shared/text/words.ts';

/** What its deletion comes to there. */
export function deletionWords({ kind }: Pick<CloudImage, 'kind'>): string {
  switch (kind) {
    case 'image':
      return t(
        'It is gone for good there, and no machine can be started from it any more. Files on this computer stay.',
      );
    case 'snapshot':
      return t(
        'It is gone for good there, and no image or volume can be made of it any more. Files on this computer stay.',
      );
    case 'object':
      return t(
        'It is gone for good there, and nothing can be made of it any more. Files on this computer stay.',
      );
  }
}
