import type { StoreEvent } from '@crescendo/store';

/** One line of JSON an event, on standard error; `debug` only where asked for. */
export function logToStandardError(event: StoreEvent): void {
  if (event.level === 'debug' && process.env.CRESCENDO_DEBUG === undefined) return;
  const { level, event: name, detail } = event;
  process.stderr.write(
    `${JSON.stringify({ time: new Date().toISOString(), level, event: name, ...detail })}\n`,
  );
}
