/** Clouds and hypervisors: what they take, and what they say of an image. */
import { type } from '@orpc/contract';
import type { ListedCloud, Preflight } from '../domain/preflight.ts';
import { call } from './base.ts';
import { sourceReference } from './images.ts';

export const clouds = {
  /** All that rules are known for, in the order in which they are shown. */
  list: call.output(type<readonly ListedCloud[]>()),
  /** What each of them says of an image or a package. Looks at a few pieces of the file. */
  preflight: call.input(sourceReference).output(type<Preflight>()),
};
