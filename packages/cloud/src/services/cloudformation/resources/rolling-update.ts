/**
 * `AutoScalingRollingUpdate`: instances that were launched in the old way are ended in batches, each replaced by the group before the
 * next batch goes, with at least the given number in service all the while.
 *
 * (O1) Which instances are old is read from the group, not remembered: a rolling update that was interrupted goes on where it stood.
 * (O2) What the update has suspended is resumed and the sizes are put back, however it ends.
 */
import type { AutoScalingGroup as Group, Instance } from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../../contract/service.ts';
import type { RollingUpdate } from '../../../templates/index.ts';
import { parseDuration } from '../../../templates/index.ts';
import { assertLaunches, describe, launchesDiffer } from './auto-scaling-group.ts';
import type { Properties, ResourceStep, UpdateRequest } from './resource-handler.ts';
import { ServiceStopped } from './resource-handler.ts';
import { type Batch, planBatch } from './rolling-batch.ts';

const SERVICE = 'autoscaling';
/** Approximation: how long a replacement may take where nobody sends signals. */
const REPLACEMENT_LIMIT_MS = 30 * 60_000;
const POLL_MS = 1_000;

interface Rolling {
  readonly name: string;
  readonly policy: RollingUpdate;
  readonly token: string;
  readonly properties: Properties;
  readonly begunMs: number;
  readonly updateToken: string;
  readonly step: ResourceStep;
}

export async function rollOver(request: UpdateRequest, step: ResourceStep): Promise<void> {
  const policy = request.updatePolicy.AutoScalingRollingUpdate;
  if (policy === undefined) return;
  const { physicalId: name, token, properties, begunMs, updateToken } = request;
  const rolling: Rolling = { name, policy, token, properties, begunMs, updateToken, step };
  const group = await groupOf(rolling);
  const interrupted = step.recall(`${updateToken} desired`) !== undefined;
  const old = oldInstances(group, properties).length;
  // A group whose old instances have all gone, as after launches that failed, is waited for.
  if (old === 0 && !interrupted && !launchesDiffer(request.previous, properties)) return;
  assertRoom(policy, group);
  const start = rememberStart(rolling, group);
  if (!interrupted) step.progress(startText(old, policy, group));
  const { suspended } = start;
  if (suspended.length > 0)
    await step.call(SERVICE, 'SuspendProcesses', { AutoScalingGroupName: name, ScalingProcesses: suspended });
  try {
    await rollBatches(rolling, start);
  } catch (error) {
    // A step that ends because the cloud stops goes on at the next start, and puts back then.
    if (!(error instanceof ServiceStopped)) await putBack(rolling, start); // (O2)
    throw error;
  }
  await putBack(rolling, start); // (O2)
}

function assertRoom({ MinInstancesInService = 0 }: RollingUpdate, { MaxSize = 0 }: Group): void {
  if (MinInstancesInService < MaxSize) return;
  throw new AwsError(
    'ValidationError',
    `MinInstancesInService (${MinInstancesInService}) must be less than the group's MaxSize (${MaxSize})`,
  );
}

/** The group before the first batch. */
interface Start {
  readonly desired: number;
  readonly known: ReadonlySet<string | undefined>;
  /** Processes that the update suspends. What its owner had suspended before stays so. */
  readonly suspended: readonly string[];
}

/** Written down before the group is changed, so that it is known after a restart too. */
function rememberStart({ policy, updateToken, step }: Rolling, group: Group): Start {
  const noted = (what: string, now: string): string => {
    const text = String(step.recall(`${updateToken} ${what}`) ?? now);
    step.remember(`${updateToken} ${what}`, text);
    return text;
  };
  const before = new Set(group.SuspendedProcesses?.map(({ ProcessName }) => ProcessName));
  const own = (policy.SuspendProcesses ?? []).filter((process) => !before.has(process));
  const ids = group.Instances?.map(({ InstanceId }) => InstanceId).join(' ') ?? '';
  return {
    desired: Number(noted('desired', String(group.DesiredCapacity ?? 0))),
    known: new Set(noted('known', ids).split(' ')),
    suspended: noted('suspended', own.join(' ')).split(' ').filter(Boolean),
  };
}

function startText(old: number, policy: RollingUpdate, group: Group): string {
  const pause = policy.WaitOnResourceSignals
    ? ` Waiting on resource signals with a timeout of ${policy.PauseTime ?? 'PT5M'} when new instances are added to the autoscaling group.`
    : '';
  const least = policy.MinInstancesInService ?? 0;
  return `Rolling update initiated. Terminating ${old} obsolete instance(s) in batches of ${policy.MaxBatchSize ?? 1}, while keeping at least ${least} instance(s) in service.${pause} The group wants ${group.DesiredCapacity}.`;
}

async function groupOf({ name, step }: Rolling): Promise<Group> {
  const group = await describe(name, step);
  if (group === undefined) throw new AwsError('NotStabilized', `Group ${name} was deleted meanwhile`);
  return group;
}

async function rollBatches(rolling: Rolling, start: Start): Promise<void> {
  const { step, properties, policy } = rolling;
  const signalled = policy.WaitOnResourceSignals === true;
  for (;;) {
    // Before the batch is asked for: its launches may begin, and fail, while the answer is under way.
    const sinceMs = step.nowMs();
    const group = await groupOf(rolling);
    const old = oldInstances(group, properties).toSorted(
      (one, other) => Number(serves(one)) - Number(serves(other)),
    );
    if (old.length === 0) break;
    const batch = batchFor(rolling, group, old, start);
    if (batch.desired !== group.DesiredCapacity) await setDesired(rolling, batch.desired);
    if (batch.terminate > 0) await endInstances(rolling, old.slice(0, batch.terminate));
    await untilReplaced(rolling, start, batch.desired, sinceMs);
    if (!signalled) await step.wait(parseDuration(policy.PauseTime ?? 'PT0S') ?? 0);
    const left = oldInstances(await groupOf(rolling), properties).length;
    step.progress(
      `Successfully terminated ${old.length - left} instance(s); ${left} obsolete instance(s) left.`,
    );
  }
  // What an interruption cut short: the last batch may still be on its way.
  await untilReplaced(rolling, start, start.desired, step.nowMs());
}

function batchFor({ policy }: Rolling, group: Group, old: readonly Instance[], { desired }: Start): Batch {
  return planBatch({
    old: old.length,
    oldInService: old.filter(serves).length,
    inService: (group.Instances ?? []).filter(serves).length,
    desired,
    most: group.MaxSize ?? 0,
    least: policy.MinInstancesInService ?? 0,
    batchSize: policy.MaxBatchSize ?? 1,
  });
}

async function setDesired({ name, step }: Rolling, DesiredCapacity: number): Promise<void> {
  step.progress(`Temporarily setting autoscaling group DesiredCapacity to ${DesiredCapacity}.`);
  await step.call(SERVICE, 'UpdateAutoScalingGroup', { AutoScalingGroupName: name, DesiredCapacity });
}

async function endInstances({ step }: Rolling, instances: readonly Instance[]): Promise<void> {
  const ids = instances.map(({ InstanceId }) => InstanceId!);
  step.progress(`Terminating instance(s) [${ids.join(',')}]; replacing with ${ids.length} new instance(s).`);
  for (const InstanceId of ids) {
    await step.call(SERVICE, 'TerminateInstanceInAutoScalingGroup', {
      InstanceId,
      ShouldDecrementDesiredCapacity: false,
    });
  }
}

/**
 * Until the group has as many in service as it wants and the new ones have said that they are ready, where they are meant to say so. Gives
 * up when the launches since `sinceMs` keep failing.
 */
async function untilReplaced(
  rolling: Rolling,
  { known }: Start,
  desired: number,
  sinceMs: number,
): Promise<void> {
  const { policy, step } = rolling;
  const signalled = policy.WaitOnResourceSignals === true;
  const limitMs = signalled ? (parseDuration(policy.PauseTime ?? 'PT5M') ?? 0) : REPLACEMENT_LIMIT_MS;
  const startMs = step.clock.nowMs();
  for (;;) {
    const group = await groupOf(rolling);
    const serving = (group.Instances ?? []).filter(serves);
    const fresh = serving.filter(({ InstanceId }) => !known.has(InstanceId));
    // Policies may make the group smaller meanwhile.
    const ready = serving.length >= Math.min(desired, group.DesiredCapacity ?? desired);
    if (ready && (!signalled || haveSignalled(rolling, fresh))) return;
    if (step.clock.nowMs() - startMs >= limitMs)
      throw tooLate(rolling, fresh.length, desired - serving.length);
    if (!ready) await assertLaunches(rolling.name, step, sinceMs);
    await step.wait(POLL_MS);
  }
}

/** Instances signal with their own ids. A failure counts as an answer, and against the percentage of successes. */
function haveSignalled(rolling: Rolling, fresh: readonly Instance[]): boolean {
  const { policy, step, token, begunMs } = rolling;
  const ids = new Set(fresh.map(({ InstanceId }) => InstanceId));
  const signals = step.signals(token).filter(({ atMs, uniqueId }) => atMs >= begunMs && ids.has(uniqueId));
  if (signals.length < fresh.length) return false;
  const needed = ((policy.MinSuccessfulInstancesPercent ?? 100) / 100) * fresh.length;
  const good = signals.filter(({ status }) => status === 'SUCCESS').length;
  if (good >= needed) return true;
  throw new AwsError(
    'SignalFailed',
    `Received ${signals.length - good} FAILURE signal(s) out of ${fresh.length}. Unable to satisfy ${policy.MinSuccessfulInstancesPercent ?? 100}% MinSuccessfulInstancesPercent requirement`,
  );
}

function tooLate({ policy }: Rolling, fresh: number, missing: number): AwsError {
  const text = policy.WaitOnResourceSignals
    ? `Failed to receive resource signal(s) of ${Math.max(fresh, 1)} new instance(s) within ${policy.PauseTime ?? 'PT5M'}`
    : `Group did not stabilize: ${missing} instance(s) short`;
  return new AwsError('NotStabilized', text);
}

async function putBack({ name, step }: Rolling, { desired, suspended }: Start): Promise<void> {
  if ((await describe(name, step))?.DesiredCapacity !== desired) {
    await step.call(SERVICE, 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: name,
      DesiredCapacity: desired,
    });
  }
  if (suspended.length > 0)
    await step.call(SERVICE, 'ResumeProcesses', { AutoScalingGroupName: name, ScalingProcesses: suspended });
}

function serves({ LifecycleState }: Instance): boolean {
  return LifecycleState === 'InService';
}

interface TemplateReference {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Version?: string | undefined;
}

/** Those that were not launched from what the group launches from now. (O1) */
function oldInstances(group: Group, properties: Properties): Instance[] {
  const wanted = properties['LaunchTemplate'] as TemplateReference | undefined;
  const mixed = properties['MixedInstancesPolicy'] as
    | { readonly LaunchTemplate: { readonly LaunchTemplateSpecification: TemplateReference } }
    | undefined;
  const template = wanted ?? mixed?.LaunchTemplate.LaunchTemplateSpecification;
  return (group.Instances ?? []).filter(({ LaunchTemplate, LaunchConfigurationName, LifecycleState }) => {
    if (LifecycleState?.startsWith('Terminat') || LifecycleState?.startsWith('Detach')) return false;
    if (template === undefined) return LaunchConfigurationName !== properties['LaunchConfigurationName'];
    return !sameTemplate(LaunchTemplate, template);
  });
}

function sameTemplate(given: TemplateReference | undefined, wanted: TemplateReference): boolean {
  const sameOne =
    wanted.LaunchTemplateId !== undefined
      ? given?.LaunchTemplateId === wanted.LaunchTemplateId
      : given?.LaunchTemplateName === wanted.LaunchTemplateName;
  return sameOne && given?.Version === wanted.Version;
}
