/** Runs work along a graph, as much at once as the graph and the limit allow. It does not know what the work is. */

export interface OrderedWork {
  readonly items: readonly string[];
  /** Items that must be done before this one; others than `items` count as done. */
  readonly needs: (item: string) => readonly string[];
  readonly work: (item: string) => Promise<void>;
  /** After a failure, whether items that do not need the failed one are begun all the same. */
  readonly goOnAfterFailure: boolean;
  readonly onFailure: (item: string, error: unknown) => void;
  readonly limit: number;
}

/** Resolves when nothing runs and nothing more can be begun. A circle is broken by taking what is left at once. */
export async function runInOrder(ordered: OrderedWork): Promise<void> {
  const waiting = new Set(ordered.items);
  const undone = new Set(ordered.items);
  const running = new Set<Promise<void>>();
  let failures = 0;
  const begin = (item: string): void => {
    waiting.delete(item);
    const task = ordered
      .work(item)
      .then(() => void undone.delete(item))
      .catch((error: unknown) => {
        failures++;
        ordered.onFailure(item, error);
      })
      .finally(() => running.delete(task));
    running.add(task);
  };
  for (;;) {
    if (failures === 0 || ordered.goOnAfterFailure) {
      const ready = [...waiting].filter((item) => !ordered.needs(item).some((need) => undone.has(need)));
      const next = ready.length === 0 && running.size === 0 && failures === 0 ? [...waiting] : ready;
      for (const item of next.slice(0, ordered.limit - running.size)) begin(item);
    }
    if (running.size === 0) return;
    await Promise.race(running);
  }
}
