/** Every handler by its type. */
import { autoScalingGroup } from './auto-scaling-group.ts';
import { INERT_HANDLERS } from './inert.ts';
import { instance, keyPair, launchConfiguration, launchTemplate } from './launch.ts';
import { alarm, compositeAlarm, dashboard } from './monitoring.ts';
import { securityGroup, securityGroupEgress, securityGroupIngress, subnet, vpc } from './network.ts';
import { queue, queuePolicy } from './queues.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { lifecycleHook, scalingPolicy, scheduledAction } from './scaling.ts';
import { SIDE_HANDLERS } from './side-parts.ts';
import { bucket, bucketPolicy, ssmParameter } from './storage.ts';
import { table } from './table.ts';
import { subscription, topic } from './topics.ts';
import { waitCondition, waitConditionHandle } from './waiting.ts';

export const HANDLERS: ReadonlyMap<string, ResourceHandler> = new Map(
  [
    alarm,
    autoScalingGroup,
    bucket,
    bucketPolicy,
    compositeAlarm,
    dashboard,
    instance,
    keyPair,
    launchConfiguration,
    launchTemplate,
    lifecycleHook,
    queue,
    queuePolicy,
    scalingPolicy,
    scheduledAction,
    securityGroup,
    securityGroupEgress,
    securityGroupIngress,
    ssmParameter,
    subnet,
    subscription,
    table,
    topic,
    vpc,
    waitCondition,
    waitConditionHandle,
    ...INERT_HANDLERS,
    ...SIDE_HANDLERS,
  ].map((handler) => [handler.type, handler]),
);
