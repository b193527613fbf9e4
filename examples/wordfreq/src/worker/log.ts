/** One line of JSON an event, on standard output: the console of the instance, or the journal. */
export type LogLevel = 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>) => void;

export function jsonLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (level, event, fields = {}) =>
    write(`${JSON.stringify({ at: now().toISOString(), level, event, ...fields })}\n`);
}

/** What an error says, with its name where that adds something; for logs and for the results' StatusMessage. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' || error.message.includes(error.name) ? '' : `${error.name}: `;
  return `${name}${error.message}`;
}
