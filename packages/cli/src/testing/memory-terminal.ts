import type { Terminal } from '../terminal/terminal.ts';

export interface MemoryTerminal extends Terminal {
  /** Everything written to standard output so far. */
  readonly output: () => string;
  /** Everything written to standard error so far. */
  readonly errors: () => string;
}

export function memoryTerminal(
  options: { readonly interactive?: boolean; readonly columns?: number } = {},
): MemoryTerminal {
  let output = '';
  let errors = '';
  return {
    out: (text) => {
      output += text;
    },
    error: (text) => {
      errors += text;
    },
    interactive: options.interactive ?? false,
    columns: () => options.columns ?? 80,
    output: () => output,
    errors: () => errors,
  };
}
