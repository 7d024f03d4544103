/** Refcounts of an image being written: counted while clusters are shared, and encoded (section Host cluster management). */

/** How often each cluster of the file is referred to. Each one once, unless it was shared. */
export class Refcounts {
  readonly #maximum: number;
  /** References beyond the first, by cluster; grows as needed, and not at all where nothing is shared. */
  #further = new Uint16Array(0);

  /** `refcountBits` from 1 to 64; more than 16 bits are never needed. */
  constructor(refcountBits: number) {
    this.#maximum = 2 ** Math.min(refcountBits, 16) - 1;
  }

  /** Whether `cluster` can be referred to once more. */
  hasRoom(cluster: number): boolean {
    return (this.#further[cluster] ?? 0) + 1 < this.#maximum;
  }

  /** Counts one more reference to `cluster`, which has room. */
  share(cluster: number): void {
    if (cluster >= this.#further.length) {
      const grown = new Uint16Array(Math.max(1024, this.#further.length * 2, cluster + 1));
      grown.set(this.#further);
      this.#further = grown;
    }
    this.#further[cluster]!++;
  }

  /**
   * Encodes the refcounts of the clusters from `firstCluster` on into the refcount block `block`: one for each cluster
   * below `clusterCount`, none beyond.
   */
  encodeBlock(block: Uint8Array, firstCluster: number, clusterCount: number, refcountBits: number): void {
    block.fill(0);
    const entries = Math.min((block.length * 8) / refcountBits, clusterCount - firstCluster);
    for (let entry = 0; entry < entries; entry++) {
      const count = 1 + (this.#further[firstCluster + entry] ?? 0);
      if (refcountBits < 8) {
        // The first entry of a byte is in its lowest bits.
        const bit = entry * refcountBits;
        block[bit >>> 3]! |= count << (bit & 7);
      } else {
        const end = ((entry + 1) * refcountBits) / 8;
        block[end - 1] = count & 0xff;
        if (refcountBits > 8) block[end - 2] = count >>> 8;
      }
    }
  }
}
