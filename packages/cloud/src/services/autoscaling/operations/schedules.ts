/** Scheduled actions. */
import type {
  BatchDeleteScheduledActionType,
  BatchPutScheduledUpdateGroupActionType,
  DeleteScheduledActionType,
  DescribeScheduledActionsType,
  PutScheduledUpdateGroupActionType,
  ScheduledUpdateGroupActionRequest,
} from '@aws-sdk/client-auto-scaling';
import { isTimeZone, nextRunMs, parseCron, type ScheduledAction } from '@crescendo/scaling';
import { AwsError } from '../../../contract/service.ts';
import { scheduledActionArn } from '../arns.ts';
import { checkName, checkRange, given, invalid, required } from '../checks.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { pageOf } from '../paging.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

const MAX_ACTIONS = 125;
const MAX_SIZE = 100_000;

export const scheduleOperations: MakeOperations = (keeper) =>
  operationSet({
    PutScheduledUpdateGroupAction: (input: PutScheduledUpdateGroupActionType) => putOne(keeper, input),
    BatchPutScheduledUpdateGroupAction: (input: BatchPutScheduledUpdateGroupActionType) =>
      putMany(keeper, input),
    DescribeScheduledActions: (input: DescribeScheduledActionsType) => describe(keeper, input),
    DeleteScheduledAction: (input: DeleteScheduledActionType) => removeOne(keeper, input),
    BatchDeleteScheduledAction: (input: BatchDeleteScheduledActionType) => removeMany(keeper, input),
  });

function putOne(keeper: GroupKeeper, input: PutScheduledUpdateGroupActionType): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const StartTime = input.StartTime ?? input.Time;
  put(keeper, name, { ...input, ...(StartTime === undefined ? {} : { StartTime }) });
}

function put(keeper: GroupKeeper, group: string, request: ScheduledUpdateGroupActionRequest): void {
  const { scheduled } = keeper.find(group).state;
  const present = scheduled.get(request.ScheduledActionName ?? '');
  if (present === undefined && scheduled.size >= MAX_ACTIONS) {
    throw new AwsError('LimitExceeded', `A group may have ${MAX_ACTIONS} scheduled actions, and has them.`);
  }
  keeper.apply(group, { type: 'scheduled-put', actions: [readAction(keeper, request, present)] });
}

function readAction(
  keeper: GroupKeeper,
  input: ScheduledUpdateGroupActionRequest,
  present: ScheduledAction | undefined,
): ScheduledAction {
  const action = given({
    name: checkName(input.ScheduledActionName, 'scheduledActionName'),
    id: present?.id ?? keeper.newId(),
    startMs: input.StartTime?.getTime(),
    endMs: input.EndTime?.getTime(),
    recurrence: input.Recurrence,
    timeZone: input.TimeZone,
    min: checkRange(input.MinSize, 'MinSize', 0, MAX_SIZE),
    max: checkRange(input.MaxSize, 'MaxSize', 0, MAX_SIZE),
    desired: checkRange(input.DesiredCapacity, 'DesiredCapacity', 0, MAX_SIZE),
  }) as ScheduledAction;
  const problem = problemOf(action, keeper.nowMs);
  if (problem !== undefined) throw invalid(problem);
  return action;
}

function problemOf(action: ScheduledAction, nowMs: number): string | undefined {
  const { min, max, desired, startMs, endMs, recurrence, timeZone } = action;
  if (min === undefined && max === undefined && desired === undefined) {
    return 'At least one of MinSize, MaxSize and DesiredCapacity must be given.';
  }
  if (min !== undefined && max !== undefined && min > max)
    return `MinSize ${min} is greater than MaxSize ${max}.`;
  const isOutside = desired !== undefined && (desired < (min ?? 0) || desired > (max ?? MAX_SIZE));
  if (isOutside) return `DesiredCapacity ${desired} does not lie between MinSize ${min} and MaxSize ${max}.`;
  if (startMs === undefined && recurrence === undefined)
    return 'Either StartTime or Recurrence must be given.';
  if (startMs !== undefined && recurrence === undefined && startMs <= nowMs) {
    return `Given start time ${new Date(startMs).toISOString()} is in the past.`;
  }
  if (endMs !== undefined && endMs <= Math.max(nowMs, startMs ?? 0)) {
    return `Given end time ${new Date(endMs).toISOString()} is in the past, or not after the start time.`;
  }
  if (timeZone !== undefined && !isTimeZone(timeZone))
    return `'${timeZone}' is not a valid time zone of the IANA database.`;
  const cron = recurrence === undefined ? undefined : parseCron(recurrence);
  if (typeof cron === 'string') return cron;
  return nextRunMs(action, nowMs) === undefined ? 'The action would never run.' : undefined;
}

function putMany(keeper: GroupKeeper, input: BatchPutScheduledUpdateGroupActionType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.find(name);
  const failed = failuresOf(input.ScheduledUpdateGroupActions ?? [], (request) => {
    put(keeper, name, request);
    return request.ScheduledActionName;
  });
  return { FailedScheduledUpdateGroupActions: failed };
}

function removeOne(keeper: GroupKeeper, input: DeleteScheduledActionType): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const action = required(input.ScheduledActionName, 'scheduledActionName');
  keeper.apply(name, { type: 'scheduled-deleted', names: [action] });
}

function removeMany(keeper: GroupKeeper, input: BatchDeleteScheduledActionType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.find(name);
  const requests = (input.ScheduledActionNames ?? []).map((ScheduledActionName) => ({ ScheduledActionName }));
  const failed = failuresOf(requests, ({ ScheduledActionName }) =>
    keeper.apply(name, { type: 'scheduled-deleted', names: [ScheduledActionName] }),
  );
  return { FailedScheduledActions: failed };
}

/** What could not be done of a batch; the rest is done. */
function failuresOf<Request extends { readonly ScheduledActionName?: string | undefined }>(
  requests: readonly Request[],
  act: (request: Request) => unknown,
) {
  return requests.flatMap((request) => {
    try {
      act(request);
      return [];
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { ScheduledActionName } = request;
      return [{ ScheduledActionName, ErrorCode: error.code, ErrorMessage: error.message }];
    }
  });
}

function describe(keeper: GroupKeeper, input: DescribeScheduledActionsType) {
  const wanted = input.ScheduledActionNames ?? [];
  if (input.AutoScalingGroupName !== undefined) keeper.find(input.AutoScalingGroupName);
  const from = input.StartTime?.getTime() ?? Number.NEGATIVE_INFINITY;
  const to = input.EndTime?.getTime() ?? Number.POSITIVE_INFINITY;
  const all = [...keeper.groups]
    .filter(([name]) => input.AutoScalingGroupName === undefined || name === input.AutoScalingGroupName)
    .flatMap(([name, { state }]) => [...state.scheduled.values()].map((action) => ({ name, action })))
    .filter(({ action }) => wanted.length === 0 || wanted.includes(action.name))
    .filter(({ action: { nextMs = 0 } }) => from <= nextMs && nextMs <= to)
    .map(({ name, action }) => view(keeper, name, action));
  const { items, NextToken } = pageOf(all, (action) => action.ScheduledActionARN, input);
  return { ScheduledUpdateGroupActions: items, NextToken };
}

/** As AWS does, the start is the next time it runs. */
function view(keeper: GroupKeeper, group: string, action: ScheduledAction) {
  const next = action.nextMs === undefined ? undefined : new Date(action.nextMs);
  return {
    AutoScalingGroupName: group,
    ScheduledActionName: action.name,
    ScheduledActionARN: scheduledActionArn(keeper.ports, action.id, group, action.name),
    Time: next,
    StartTime: next,
    EndTime: action.endMs === undefined ? undefined : new Date(action.endMs),
    Recurrence: action.recurrence,
    TimeZone: action.timeZone,
    MinSize: action.min,
    MaxSize: action.max,
    DesiredCapacity: action.desired,
  };
}
