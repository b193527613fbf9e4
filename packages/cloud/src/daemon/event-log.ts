import type { CloudEvent } from './cloud-options.ts';

/** One line of JSON an event, on standard error; `debug` only where asked for. */
export function logToStandardError({ level, event, detail }: CloudEvent): void {
  if (level === 'debug' && process.env.CRESCENDO_DEBUG === undefined) return;
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...detail })}\n`);
}
