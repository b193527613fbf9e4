/** Load balancers, target groups and other sources of traffic: kept and shown. There are none here, so nothing is registered with them. */
import type { TrafficSourceIdentifier } from '@aws-sdk/client-auto-scaling';
import { required } from '../checks.ts';
import type { GroupDetails } from '../group-details.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { type PageRequest, pageOf } from '../paging.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

interface GroupRequest {
  readonly AutoScalingGroupName: string | undefined;
}
type Attached = 'loadBalancers' | 'targetGroups';

export const loadBalancerOperations: MakeOperations = (keeper) =>
  operationSet({
    AttachLoadBalancers: (input: GroupRequest & { LoadBalancerNames?: string[] }) =>
      attach(keeper, input, 'loadBalancers', input.LoadBalancerNames),
    DetachLoadBalancers: (input: GroupRequest & { LoadBalancerNames?: string[] }) =>
      detach(keeper, input, 'loadBalancers', input.LoadBalancerNames),
    DescribeLoadBalancers: (input: GroupRequest & PageRequest) => {
      const { items, NextToken } = attached(keeper, input, 'loadBalancers');
      return {
        LoadBalancers: items.map((LoadBalancerName) => ({ LoadBalancerName, State: 'Added' })),
        NextToken,
      };
    },
    AttachLoadBalancerTargetGroups: (input: GroupRequest & { TargetGroupARNs?: string[] }) =>
      attach(keeper, input, 'targetGroups', input.TargetGroupARNs),
    DetachLoadBalancerTargetGroups: (input: GroupRequest & { TargetGroupARNs?: string[] }) =>
      detach(keeper, input, 'targetGroups', input.TargetGroupARNs),
    DescribeLoadBalancerTargetGroups: (input: GroupRequest & PageRequest) => {
      const { items, NextToken } = attached(keeper, input, 'targetGroups');
      const LoadBalancerTargetGroups = items.map((arn) => ({
        LoadBalancerTargetGroupARN: arn,
        State: 'Added',
      }));
      return { LoadBalancerTargetGroups, NextToken };
    },
    AttachTrafficSources: (input: GroupRequest & { TrafficSources?: TrafficSourceIdentifier[] }) =>
      changeSources(keeper, input, (present) => [
        ...without(present, input.TrafficSources),
        ...(input.TrafficSources ?? []),
      ]),
    DetachTrafficSources: (input: GroupRequest & { TrafficSources?: TrafficSourceIdentifier[] }) =>
      changeSources(keeper, input, (present) => without(present, input.TrafficSources)),
    DescribeTrafficSources: (input: GroupRequest & PageRequest) => describeSources(keeper, input),
  });

function attach(keeper: GroupKeeper, input: GroupRequest, kind: Attached, names: string[] = []): object {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.changeDetails(name, { [kind]: [...new Set([...keeper.find(name).details[kind], ...names])] });
  return {};
}

function detach(keeper: GroupKeeper, input: GroupRequest, kind: Attached, names: string[] = []): object {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.changeDetails(name, {
    [kind]: keeper.find(name).details[kind].filter((one) => !names.includes(one)),
  });
  return {};
}

function attached(keeper: GroupKeeper, input: GroupRequest & PageRequest, kind: Attached) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  return pageOf(keeper.find(name).details[kind], (one) => one, input, { usual: 100, most: 100 });
}

type Sources = GroupDetails['trafficSources'];

function without(present: Sources, gone: readonly TrafficSourceIdentifier[] = []): Sources {
  return present.filter(({ Identifier }) => !gone.some((one) => one.Identifier === Identifier));
}

function changeSources(
  keeper: GroupKeeper,
  input: GroupRequest,
  change: (present: Sources) => Sources,
): object {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.changeDetails(name, { trafficSources: change(keeper.find(name).details.trafficSources) });
  return {};
}

function describeSources(keeper: GroupKeeper, input: GroupRequest & PageRequest) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const sources = keeper.find(name).details.trafficSources.map(({ Identifier, Type }) => ({
    Identifier,
    Type,
    TrafficSource: Identifier,
    State: 'InService',
  }));
  const { items, NextToken } = pageOf(sources, (one) => one.Identifier ?? '', input);
  return { TrafficSources: items, NextToken };
}
