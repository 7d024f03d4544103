/** A record that is shown as it will be: what was stored, and over it the changes whose answers are still to come. */

export class ChangesUnderWay<Value extends object> {
  #stored: Value;
  /** Oldest first. */
  #underWay: readonly Partial<Value>[] = [];

  constructor(stored: Value) {
    this.#stored = stored;
  }

  /** What is stored, when it is told without having been changed. */
  set stored(stored: Value) {
    this.#stored = stored;
  }

  get now(): Value {
    return this.#underWay.reduce<Value>((value, changes) => ({ ...value, ...changes }), this.#stored);
  }

  /** Begins a change; what is returned ends it, with what is stored since then, or null where it could not be stored. */
  begin(changes: Partial<Value>): (stored: Value | null) => void {
    this.#underWay = [...this.#underWay, changes];
    return (stored) => {
      this.#underWay = this.#underWay.filter((one) => one !== changes);
      this.#stored = stored ?? this.#stored;
    };
  }
}
