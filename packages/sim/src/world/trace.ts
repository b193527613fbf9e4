/** One line of a history. */
export interface TraceLine {
  readonly atMs: number;
  /** A node's name, or the part of the simulator that speaks. */
  readonly who: string;
  readonly what: string;
}

/**
 * What happened, for people: the newest lines are kept, all of them are printed when asked. The digest covers every
 * line, so two runs of one seed can be compared.
 */
export class Trace {
  readonly #limit: number;
  readonly #print: ((line: TraceLine) => void) | undefined;
  #lines: TraceLine[] = [];
  #digest = 0x811c9dc5;

  constructor(options: { readonly limit?: number; readonly print?: (line: TraceLine) => void } = {}) {
    this.#limit = options.limit ?? 400;
    this.#print = options.print;
  }

  get isPrinting(): boolean {
    return this.#print !== undefined;
  }

  add(line: TraceLine): void {
    this.mix(line.atMs);
    for (let i = 0; i < line.what.length; i++) this.mix(line.what.charCodeAt(i));
    this.#lines.push(line);
    if (this.#lines.length >= 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
    this.#print?.(line);
  }

  /** Makes a number part of the digest without keeping a line. */
  mix(value: number): void {
    this.#digest = Math.imul(this.#digest ^ Math.floor(value * 1024), 0x01000193) >>> 0;
  }

  get digest(): number {
    return this.#digest;
  }

  tail(count: number): readonly TraceLine[] {
    return this.#lines.slice(-count);
  }
}

export function formatLine(line: TraceLine): string {
  return `${(line.atMs / 1000).toFixed(4).padStart(9)} ${line.who.padEnd(10)} ${line.what}`;
}
