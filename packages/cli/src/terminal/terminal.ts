/** Where a command writes: results to `out`, everything else to `error`. Tests hand in one that remembers. */
export interface Terminal {
  out(text: string): void;
  error(text: string): void;
  /** True when `error` is a screen that can be drawn on. */
  readonly interactive: boolean;
  columns(): number;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
    columns: () => process.stderr.columns ?? 80,
  };
}

/** `| head` ends our output early: that is no failure. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error) => {
    if (Reflect.get(error, 'code') === 'EPIPE') process.exit(0);
    throw error;
  });
}
