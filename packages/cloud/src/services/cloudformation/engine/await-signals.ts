/** `CreationPolicy`: a resource is complete when as many signals as it names have come, in time. */
import { AwsError } from '../../../contract/service.ts';
import type { CreationPolicy } from '../../../templates/index.ts';
import { parseDuration } from '../../../templates/index.ts';
import type { ResourceStep } from '../resources/resource-handler.ts';

const POLL_MS = 1_000;
const DEFAULT_TIMEOUT = 'PT5M';

export async function awaitSignals(
  token: string,
  policy: CreationPolicy,
  begunMs: number,
  step: ResourceStep,
): Promise<void> {
  const wanted = policy.ResourceSignal;
  if (wanted === undefined) return;
  const count = wanted.Count ?? 1;
  const percent = policy.AutoScalingCreationPolicy?.MinSuccessfulInstancesPercent ?? 100;
  const needed = Math.ceil((count * percent) / 100);
  const timeout = wanted.Timeout ?? DEFAULT_TIMEOUT;
  const endMs = begunMs + (parseDuration(timeout) ?? 0);
  for (;;) {
    const signals = step.signals(token);
    const good = signals.filter(({ status }) => status === 'SUCCESS').length;
    if (good >= needed) return;
    const bad = signals.length - good;
    if (bad > count - needed) throw failure(`Received ${bad} FAILURE signal(s) out of ${count}`, percent);
    if (step.nowMs() >= endMs) {
      throw failure(
        `Failed to receive ${needed - good} resource signal(s) within the specified duration (${timeout}): received ${good} SUCCESS signal(s) out of ${count}`,
        percent,
      );
    }
    await step.wait(POLL_MS);
  }
}

function failure(reason: string, percent: number): AwsError {
  return new AwsError(
    'SignalFailed',
    `${reason}. Unable to satisfy ${percent}% MinSuccessfulInstancesPercent requirement`,
  );
}
