/** Deletes incarnations, each after everything that was made with its help. Failures are told and do not stop the others. */
import { ServiceStopped } from '../resources/resource-handler.ts';
import type { Incarnation, OperationRecord, ResourceRecord } from '../state/stack-records.ts';
import { deleteIncarnation } from './remove-step.ts';
import { runInOrder } from './run-in-order.ts';
import { type PassInputs, reasonOf } from './step-record.ts';

interface Doomed {
  readonly key: string;
  readonly logicalId: string;
  readonly incarnation: Incarnation;
  /** The resource itself goes, not only an old incarnation of it. */
  readonly whole: boolean;
}

const AT_ONCE = 16;

/** Deletes what is not of `live`; returns the logical ids that could not be deleted. */
export async function deletePass(inputs: PassInputs, live: ReadonlySet<string>): Promise<string[]> {
  const { environment, stack } = inputs;
  const { store } = environment;
  const doomed = store.resourcesOf(stack.stackId).flatMap((record) => doomedOf(record, live));
  const byKey = new Map(doomed.map((one) => [one.key, one]));
  const failed = new Set<string>();
  await runInOrder({
    items: doomed.map(({ key }) => key),
    needs: (key) => neededFirst(byKey.get(key)!, doomed),
    work: (key) => deleteOne(inputs, byKey.get(key)!),
    goOnAfterFailure: true,
    onFailure: (key, error) => {
      if (!(error instanceof ServiceStopped)) failed.add(byKey.get(key)!.logicalId);
    },
    limit: AT_ONCE,
  });
  if (environment.stopped.aborted) throw new ServiceStopped('the cloud stops');
  for (const { logicalId } of store.resourcesOf(stack.stackId))
    if (!live.has(logicalId)) forget(inputs, logicalId);
  return [...failed];
}

function doomedOf(record: ResourceRecord, live: ReadonlySet<string>): Doomed[] {
  const { logicalId } = record;
  const doomed = (incarnation: Incarnation, whole: boolean): Doomed => ({
    key: `${logicalId} ${incarnation.token}`,
    logicalId,
    incarnation,
    whole,
  });
  const old = record.replaced.map((incarnation) => doomed(incarnation, false));
  if (live.has(logicalId)) return old;
  const whole = [record.current, record.making]
    .filter((one) => one !== undefined)
    .map((incarnation) => doomed(incarnation, true));
  return [...old, ...whole];
}

/** Those that name it among what they depend on. */
function neededFirst(one: Doomed, doomed: readonly Doomed[]): string[] {
  return doomed
    .filter(
      ({ logicalId, incarnation }) =>
        logicalId !== one.logicalId && incarnation.dependsOn.includes(one.logicalId),
    )
    .map(({ key }) => key);
}

async function deleteOne(inputs: PassInputs, { logicalId, incarnation, whole }: Doomed): Promise<void> {
  const { store } = inputs.environment;
  const { stackId } = inputs.stack;
  const latest = (): ResourceRecord => store.resource(stackId, logicalId)!;
  const tell = (status: string, reason?: string): void => {
    if (whole) store.setResourceStatus(latest(), status, reason);
    else store.addResourceEvent(latest(), incarnation.physicalId ?? '', status, reason);
  };
  if (isSpared(inputs.operation, logicalId, incarnation, whole)) {
    tell('DELETE_SKIPPED');
    return drop(inputs, logicalId, incarnation);
  }
  const nothingThere = incarnation.failed === true && incarnation.physicalId === undefined;
  if (!nothingThere) tell('DELETE_IN_PROGRESS');
  try {
    await deleteIncarnation(inputs, latest(), incarnation);
  } catch (error) {
    if (error instanceof ServiceStopped) throw error;
    tell('DELETE_FAILED', reasonOf(error));
    // An old incarnation that stays is told of and left, as CloudFormation does; a resource stays with its stack.
    if (!whole) drop(inputs, logicalId, incarnation);
    throw error;
  }
  if (!nothingThere || whole) tell('DELETE_COMPLETE');
  drop(inputs, logicalId, incarnation);
}

function isSpared(
  { kind, phase, spared }: OperationRecord,
  logicalId: string,
  incarnation: Incarnation,
  whole: boolean,
): boolean {
  if (phase === 'remove' && spared.includes(logicalId)) return true;
  if (incarnation.superseded === true || incarnation.failed === true) return false;
  const policy = whole ? incarnation.deletionPolicy : incarnation.updateReplacePolicy;
  return policy === 'Retain' || (policy === 'RetainExceptOnCreate' && kind !== 'create');
}

/** The incarnation is no longer the stack's. */
function drop({ environment, stack }: PassInputs, logicalId: string, incarnation: Incarnation): void {
  const record = environment.store.resource(stack.stackId, logicalId)!;
  const { current, making, ...rest } = record;
  environment.store.putResource({
    ...rest,
    ...(current !== undefined && current.token !== incarnation.token && { current }),
    ...(making !== undefined && making.token !== incarnation.token && { making }),
    replaced: record.replaced.filter(({ token }) => token !== incarnation.token),
    ...(current?.token === incarnation.token &&
      current.physicalId !== undefined && { lastPhysicalId: current.physicalId }),
  });
}

/** After an update what is gone is gone; a stack that is deleted or rolled back still tells what it had. */
function forget({ environment, stack, operation }: PassInputs, logicalId: string): void {
  const record = environment.store.resource(stack.stackId, logicalId)!;
  const empty = record.current === undefined && record.making === undefined && record.replaced.length === 0;
  if (empty && operation.phase === 'cleanup') environment.store.deleteResource(stack.stackId, logicalId);
}
