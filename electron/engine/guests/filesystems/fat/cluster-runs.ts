/** The part of a cluster chain that is known so far, as runs: eight bytes each, for a file may be in millions of pieces. */

export class ClusterRuns {
  /** For each run: its first cluster's place in the file, and on the volume. */
  #places = new Uint32Array(16);
  #clusters = new Uint32Array(16);
  #runCount = 0;
  #clusterCount = 0;
  #last = -2;

  get clusterCount(): number {
    return this.#clusterCount;
  }

  append(cluster: number): void {
    if (cluster !== this.#last + 1) {
      if (this.#runCount === this.#places.length) {
        this.#places = doubled(this.#places);
        this.#clusters = doubled(this.#clusters);
      }
      this.#places[this.#runCount] = this.#clusterCount;
      this.#clusters[this.#runCount++] = cluster;
    }
    this.#clusterCount++;
    this.#last = cluster;
  }

  /** The cluster at that place of the file, and how many follow each other from there on. The place is a known one. */
  at(place: number): { readonly cluster: number; readonly count: number } {
    let low = 0;
    let high = this.#runCount;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#places[middle]! <= place) low = middle + 1;
      else high = middle;
    }
    const skipped = place - this.#places[low - 1]!;
    const end = low < this.#runCount ? this.#places[low]! : this.#clusterCount;
    return { cluster: this.#clusters[low - 1]! + skipped, count: end - place };
  }
}

function doubled(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2);
  larger.set(values);
  return larger;
}
