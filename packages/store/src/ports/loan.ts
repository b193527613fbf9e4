import { invariant } from '@crescendo/base';

/**
 * Memory that several users read at once and that is used again afterwards. Each says when it is done.
 *
 * (L1) `released` is called once, when the last hold has ended; nobody takes a hold after that.
 */
export class Loan {
  readonly #released: (() => void) | undefined;
  #holds = 0;
  #ended = false;

  /** Without `released` nobody waits for the memory. */
  constructor(released?: () => void) {
    this.#released = released;
  }

  /** Ends with the first call of what it returns. */
  hold(): () => void {
    invariant(!this.#ended, 'memory is asked for that was given back'); // (L1)
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      if (this.#holds > 0) return;
      this.#ended = true;
      this.#released?.();
    };
  }
}
