const LONGEST_TEXT = 512;

/**
 * Remembers what a pure function has made of the last texts that it was given. Failures are not remembered.
 *
 * (M1) At most `limit` texts are held; when it is full it begins anew. Long texts are not remembered: whoever sends them may be anybody.
 */
export class Memo<Value> {
  readonly #limit: number;
  readonly #known = new Map<string, Value>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  of(text: string, make: (text: string) => Value): Value {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (text.length > LONGEST_TEXT) return made; // (M1)
    if (this.#known.size >= this.#limit) this.#known.clear(); // (M1)
    this.#known.set(text, made);
    return made;
  }
}
