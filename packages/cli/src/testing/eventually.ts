import { setTimeout as wait } from 'node:timers/promises';

/** Waits until the condition holds; fails with what it was waiting for. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await wait(10);
  }
}
