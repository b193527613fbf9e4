/** The ARNs of Auto Scaling: made, and read again where an operation takes one for a name. */

export interface Account {
  readonly region: string;
  readonly accountId: string;
}

function arn({ region, accountId }: Account, resource: string): string {
  return `arn:aws:autoscaling:${region}:${accountId}:${resource}`;
}

export function groupArn(account: Account, id: string, group: string): string {
  return arn(account, `autoScalingGroup:${id}:autoScalingGroupName/${group}`);
}

export function policyArn(account: Account, id: string, group: string, policy: string): string {
  return arn(account, `scalingPolicy:${id}:autoScalingGroupName/${group}:policyName/${policy}`);
}

export function scheduledActionArn(account: Account, id: string, group: string, action: string): string {
  return arn(
    account,
    `scheduledUpdateGroupAction:${id}:autoScalingGroupName/${group}:scheduledActionName/${action}`,
  );
}

export function launchConfigurationArn(account: Account, id: string, name: string): string {
  return arn(account, `launchConfiguration:${id}:launchConfigurationName/${name}`);
}

export function alarmArn({ region, accountId }: Account, alarmName: string): string {
  return `arn:aws:cloudwatch:${region}:${accountId}:alarm:${alarmName}`;
}

const POLICY =
  /^arn:aws:autoscaling:[^:]*:[^:]*:scalingPolicy:([^:]+):autoScalingGroupName\/(.+):policyName\/(.+)$/;

export interface PolicyReference {
  readonly id: string;
  readonly group: string;
  readonly policy: string;
}

export function parsePolicyArn(text: string): PolicyReference | undefined {
  const match = POLICY.exec(text);
  return match === null ? undefined : { id: match[1]!, group: match[2]!, policy: match[3]! };
}
