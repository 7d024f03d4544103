/** Numbers for texts that many entries share. */
export class Dictionary {
  texts: string[] = [];
  #codes = new Map<string, number>();

  codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  /** Gives texts the numbers that they had before. */
  restore(texts: readonly string[]): void {
    this.texts = [...texts];
    this.#codes = new Map(texts.map((text, code) => [text, code]));
  }
}
