/** Where the nodes of the store's group are just now, and what the group looks like: for the front, and for operators. */
import type { ServiceCaller } from '@crescendo/cloud';
import type { GroupSummary, HostPort } from '@crescendo/node';
import { PARAMETER_PREFIX } from './store-stack.ts';

const LOOK_EVERY_MS = 1_000;

export class ContactBook {
  private readonly services: ServiceCaller;
  private readonly changed: (peers: readonly HostPort[]) => void;
  private known: readonly HostPort[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param changed told of the peer addresses whenever they are others than before */
  constructor(services: ServiceCaller, changed: (peers: readonly HostPort[]) => void) {
    this.services = services;
    this.changed = changed;
  }

  start(): void {
    const look = async (): Promise<void> => {
      await this.look().catch(() => undefined); // What was known stays; the next look is soon.
      this.timer?.refresh();
    };
    this.timer = setTimeout(() => void look(), LOOK_EVERY_MS);
    this.timer.unref();
    void look();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Peer addresses. */
  contacts(): readonly HostPort[] {
    return this.known;
  }

  async groups(): Promise<readonly GroupSummary[]> {
    const { AutoScalingGroups = [] } = await this.services.call<{ AutoScalingGroups?: readonly Group[] }>(
      'autoscaling',
      'DescribeAutoScalingGroups',
      {},
    );
    return AutoScalingGroups.map((group) => ({
      name: group.AutoScalingGroupName,
      min: group.MinSize,
      max: group.MaxSize,
      desired: group.DesiredCapacity,
      instances: (group.Instances ?? []).map(({ InstanceId, LifecycleState }) => ({
        id: InstanceId,
        state: LifecycleState,
      })),
    }));
  }

  /** Whether each group has as many instances in service as it wants. */
  async allInService(): Promise<boolean> {
    const groups = await this.groups();
    return groups.every(
      ({ desired, instances }) => instances.filter(({ state }) => state === 'InService').length >= desired,
    );
  }

  private async look(): Promise<void> {
    const found: HostPort[] = [];
    let token: string | undefined;
    do {
      const page: ParameterPage = await this.services.call('ssm', 'GetParametersByPath', {
        Path: `${PARAMETER_PREFIX}/nodes`,
        ...(token === undefined ? {} : { NextToken: token }),
      });
      for (const { Value = '' } of page.Parameters ?? []) {
        const colon = Value.lastIndexOf(':');
        if (colon > 0) found.push({ host: Value.slice(0, colon), port: Number(Value.slice(colon + 1)) });
      }
      token = page.NextToken;
    } while (token !== undefined);
    const isNews = JSON.stringify(found) !== JSON.stringify(this.known);
    this.known = found;
    if (isNews) this.changed(found);
  }
}

interface ParameterPage {
  readonly Parameters?: readonly { readonly Value?: string }[];
  readonly NextToken?: string;
}

/** The members of Auto Scaling's answer that are always there. */
interface Group {
  readonly AutoScalingGroupName: string;
  readonly MinSize: number;
  readonly MaxSize: number;
  readonly DesiredCapacity: number;
  readonly Instances?: readonly { readonly InstanceId: string; readonly LifecycleState: string }[];
}
