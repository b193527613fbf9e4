/** Starts the local cloud of a demonstration, and says so where that does not come about. */
import type { LiveDisplay } from '../src/load-test/live-display.ts';
import { reasonOf } from '../src/worker/log.ts';
import { LocalCloud } from './local-cloud.ts';

/** Undefined when it could not be started, or was called off. */
export async function startCloud(
  settings: readonly string[],
  signal: AbortSignal,
  display: LiveDisplay,
): Promise<LocalCloud | undefined> {
  try {
    return await LocalCloud.start(settings, signal);
  } catch (error) {
    display.say(`failed: ${reasonOf(error)}`);
    return undefined;
  }
}
