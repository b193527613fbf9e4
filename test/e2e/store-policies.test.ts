/**
 * What the alarms and policies of the store's template do with a load: the template and the services are those that run, time and
 * instances are made up. The nodes' part (hooks, and which one may go) is played as `fleet` plays it.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { startVirtualCloud, VirtualClock, type VirtualCloud } from '@crescendo/cloud/virtual';

const TEMPLATE = join(import.meta.dirname, '../../examples/store/template.yaml');
const MINUTE = 60_000;

interface Group {
  readonly AutoScalingGroupName: string;
  readonly DesiredCapacity: number;
  readonly Instances?: readonly {
    readonly InstanceId: string;
    readonly LifecycleState: string;
    readonly ProtectedFromScaleIn: boolean;
  }[];
}

/** Percent of processors and of the fullest volume, and requests a node in a minute; what is left out is not measured. */
interface Load {
  readonly cpu?: number;
  readonly disk?: number;
  readonly requests?: number;
}

class Store {
  readonly cloud: VirtualCloud;

  static async start(parameters: Readonly<Record<string, string>> = {}): Promise<Store> {
    const clock = new VirtualClock(Date.UTC(2026, 0, 5));
    const cloud = await startVirtualCloud({
      clock,
      random: seededRandom(1),
      bootMs: () => 20_000,
      haltMs: () => 5_000,
      images: ['ami-crescendo'],
    });
    const image = { Name: '/crescendo/images/store', Value: 'ami-crescendo', Type: 'String' };
    await cloud.services.call('ssm', 'PutParameter', image);
    await cloud.services.call('cloudformation', 'CreateStack', {
      StackName: 'store',
      TemplateBody: await readFile(TEMPLATE, 'utf8'),
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    });
    const store = new Store(cloud);
    await store.live(5, {});
    assert.equal((await store.group()).DesiredCapacity, 3);
    return store;
  }

  private constructor(cloud: VirtualCloud) {
    this.cloud = cloud;
  }

  async group(): Promise<Group> {
    const { AutoScalingGroups } = await this.cloud.services.call<{ AutoScalingGroups: readonly Group[] }>(
      'autoscaling',
      'DescribeAutoScalingGroups',
      {},
    );
    return AutoScalingGroups[0]!;
  }

  /** Lets minutes pass under a load; the number of nodes wanted after each. */
  async live(minutes: number, load: Load): Promise<number[]> {
    const desired: number[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      await this.#measure(load);
      for (let part = 0; part < 6; part++) {
        await this.cloud.clock.runUntil(this.cloud.clock.nowMs() + MINUTE / 6);
        await this.#playNodes();
      }
      desired.push((await this.group()).DesiredCapacity);
    }
    return desired;
  }

  async #measure({ cpu, disk, requests }: Load): Promise<void> {
    const { AutoScalingGroupName: Value } = (await this.group().catch(() => undefined)) ?? {
      AutoScalingGroupName: '',
    };
    const sample = (namespace: string, name: string, value: number | undefined) =>
      value === undefined
        ? []
        : [
            {
              metric: { namespace, name, dimensions: [{ name: 'AutoScalingGroupName', value: Value }] },
              timeMs: this.cloud.clock.nowMs(),
              data: { type: 'value', value } as const,
            },
          ];
    this.cloud.putSamples([
      ...sample('AWS/EC2', 'CPUUtilization', cpu),
      ...sample('CWAgent', 'disk_used_percent', disk),
      ...sample('Crescendo', 'PartitionRequests', requests),
    ]);
  }

  /** Joins and drains take no time here; one node at a time may go, as long as three are left. */
  async #playNodes(): Promise<void> {
    const group = await this.group().catch(() => undefined);
    const { services } = this.cloud;
    const { AutoScalingGroupName = '', Instances = [] } = group ?? {};
    for (const { InstanceId, LifecycleState } of Instances) {
      const LifecycleHookName = { 'Pending:Wait': 'node-joined', 'Terminating:Wait': 'node-drained' }[
        LifecycleState
      ];
      if (LifecycleHookName === undefined) continue;
      const action = {
        AutoScalingGroupName,
        LifecycleHookName,
        InstanceId,
        LifecycleActionResult: 'CONTINUE',
      };
      await services.call('autoscaling', 'CompleteLifecycleAction', action);
    }
    const serving = Instances.filter(({ LifecycleState }) => LifecycleState === 'InService');
    if (serving.length <= 3 || serving.some((one) => !one.ProtectedFromScaleIn)) return;
    const InstanceIds = [serving[0]!.InstanceId];
    const change = { AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn: false };
    await services.call('autoscaling', 'SetInstanceProtection', change);
  }
}

test('processors above 80 % for three minutes add two nodes, and not again while these warm up', async () => {
  const store = await Store.start({ MaxSize: '9' });
  assert.deepEqual(await store.live(2, { cpu: 95, disk: 50 }), [3, 3]);
  const desired = await store.live(4, { cpu: 95, disk: 50 });
  assert.equal(desired.at(-1), 5, desired.join());
  assert.deepEqual(new Set(await store.live(3, { cpu: 60, disk: 50 })), new Set([5]));
});

test('a full volume adds one node at a time', async () => {
  const store = await Store.start();
  const desired = await store.live(4, { cpu: 10, disk: 75 });
  assert.equal(desired.at(-1), 4, desired.join());
});

test('idle disks and processors take nodes away, one by one, down to the least; one of them alone does not', async () => {
  const store = await Store.start();
  await store.live(4, { cpu: 95, disk: 50 });
  assert.equal((await store.group()).DesiredCapacity, 5);
  assert.deepEqual(new Set(await store.live(15, { cpu: 10, disk: 35 })), new Set([5]), 'disks are in use');
  assert.deepEqual(new Set(await store.live(15, { cpu: 50, disk: 10 })), new Set([5]), 'processors are');
  const desired = await store.live(30, { cpu: 10, disk: 10 });
  assert.deepEqual([...new Set(desired)], [5, 4, 3]);
});

test('metrics that fall silent take no node away', async () => {
  const store = await Store.start();
  await store.live(4, { cpu: 95, disk: 50 });
  assert.deepEqual(new Set(await store.live(30, {})), new Set([5]));
  assert.deepEqual(new Set(await store.live(30, { cpu: 10 })), new Set([5]), 'disks are silent');
});

test('requests per node: as many nodes as the requests need, and none taken away by this policy', async () => {
  const store = await Store.start({ RequestsPerNode: '1000' });
  const desired = await store.live(6, { requests: 1_600, cpu: 50, disk: 50 });
  assert.equal(desired.at(-1), 5, desired.join());
  assert.deepEqual(new Set(await store.live(30, { requests: 10, cpu: 50, disk: 50 })), new Set([5]));
});
