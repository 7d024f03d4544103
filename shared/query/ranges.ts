/** The ranges of numbers that filters offer: each as it stands behind its key. */

/** By key, in the order that they are shown in. */
export const offeredRanges: Readonly<Record<string, readonly string[]>> = {
  rating: ['5', '>=4', '>=3', '>=2', '>=1'],
  size: ['<1G', '>1G', '>10G', '>100G'],
  added: ['<1d', '<7d', '<1m', '<1y', '>1y'],
};
