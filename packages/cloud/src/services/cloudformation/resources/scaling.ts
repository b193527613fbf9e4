/** What belongs to a group: policies, scheduled actions, hooks. All are put, so a second time does no harm. */
import { pick, textIn, unless } from './handler-tools.ts';
import type {
  CreateRequest,
  Made,
  Properties,
  ResourceHandler,
  ResourceStep,
  UpdateRequest,
} from './resource-handler.ts';

const SERVICE = 'autoscaling';
const GONE = ['ValidationError', 'ResourceNotFound*', 'ResourceContention'];

async function putPolicy(name: string, properties: Properties, step: ResourceStep): Promise<Made> {
  const { PolicyARN = '' } = await step.call<{ PolicyARN?: string }>(SERVICE, 'PutScalingPolicy', {
    PolicyName: name,
    ...pick(properties, [
      'AutoScalingGroupName',
      'PolicyType',
      'AdjustmentType',
      'ScalingAdjustment',
      'MinAdjustmentMagnitude',
      'EstimatedInstanceWarmup',
      'MetricAggregationType',
      'StepAdjustments',
      'TargetTrackingConfiguration',
      'Cooldown',
    ]),
  });
  return { physicalId: PolicyARN, attributes: { Arn: PolicyARN, PolicyName: name } };
}

export const scalingPolicy: ResourceHandler = {
  type: 'AWS::AutoScaling::ScalingPolicy',
  create: async (request, step) => {
    const made = await putPolicy(request.name(), request.properties, step);
    request.made(made.physicalId);
    return made;
  },
  update: async ({ attributes, properties }, step) =>
    putPolicy(String(attributes['PolicyName']), properties, step),
  remove: async ({ physicalId, properties }, step) => {
    await unless(GONE, () =>
      step.call(SERVICE, 'DeletePolicy', {
        PolicyName: physicalId,
        ...pick(properties, ['AutoScalingGroupName']),
      }),
    );
  },
};

async function putScheduled(name: string, properties: Properties, step: ResourceStep): Promise<Made> {
  const dates = Object.fromEntries(
    ['StartTime', 'EndTime']
      .map((member) => [member, textIn(properties, member)] as const)
      .filter(([, text]) => text !== undefined)
      .map(([member, text]) => [member, new Date(text!)]),
  );
  await step.call(SERVICE, 'PutScheduledUpdateGroupAction', {
    ...properties,
    ...dates,
    ScheduledActionName: name,
  });
  return { physicalId: name, attributes: { ScheduledActionName: name } };
}

export const scheduledAction: ResourceHandler = {
  type: 'AWS::AutoScaling::ScheduledAction',
  create: async (request, step) => {
    const made = await putScheduled(request.name(), request.properties, step);
    request.made(made.physicalId);
    return made;
  },
  update: async ({ physicalId, properties }, step) => putScheduled(physicalId, properties, step),
  remove: async ({ physicalId, properties }, step) => {
    await unless(GONE, () =>
      step.call(SERVICE, 'DeleteScheduledAction', {
        ScheduledActionName: physicalId,
        ...pick(properties, ['AutoScalingGroupName']),
      }),
    );
  },
};

async function putHook(
  name: string,
  { properties }: Pick<CreateRequest | UpdateRequest, 'properties'>,
  step: ResourceStep,
): Promise<Made> {
  await step.call(SERVICE, 'PutLifecycleHook', { ...properties, LifecycleHookName: name });
  return { physicalId: name, attributes: {} };
}

export const lifecycleHook: ResourceHandler = {
  type: 'AWS::AutoScaling::LifecycleHook',
  create: async (request, step) => {
    const made = await putHook(
      textIn(request.properties, 'LifecycleHookName') ?? request.name(),
      request,
      step,
    );
    request.made(made.physicalId);
    return made;
  },
  update: async (request, step) => putHook(request.physicalId, request, step),
  remove: async ({ physicalId, properties }, step) => {
    await unless(GONE, () =>
      step.call(SERVICE, 'DeleteLifecycleHook', {
        LifecycleHookName: physicalId,
        ...pick(properties, ['AutoScalingGroupName']),
      }),
    );
  },
};
