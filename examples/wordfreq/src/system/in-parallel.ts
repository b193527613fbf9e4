/** Does something to each item, so many at once. The first failure ends it. */
export async function inParallel<T>(
  items: Iterable<T>,
  atOnce: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items].reverse();
  const worker = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await act(item);
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    waiting.length = 0;
  }
}
