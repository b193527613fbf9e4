import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling';
import { GROUP, TestCloud } from './testing/test-cloud.ts';

const NAME = { AutoScalingGroupName: 'g' };

const HOOK = {
  ...NAME,
  LifecycleHookName: 'end',
  LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
  HeartbeatTimeout: 30,
};

/** What clients do, in order; the group has 12 seconds after each. */
const HISTORY: readonly ((cloud: TestCloud) => unknown)[] = [
  (cloud) => cloud.call('CreateAutoScalingGroup', { ...GROUP, DesiredCapacity: 2 }),
  (cloud) =>
    cloud.call('PutLifecycleHook', {
      ...HOOK,
      LifecycleHookName: 'begin',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      DefaultResult: 'CONTINUE',
    }),
  (cloud) => cloud.call('PutLifecycleHook', HOOK),
  (cloud) =>
    cloud.call('PutScalingPolicy', {
      ...NAME,
      PolicyName: 's',
      AdjustmentType: 'ChangeInCapacity',
      ScalingAdjustment: 1,
      Cooldown: 20,
    }),
  (cloud) => cloud.call('ExecutePolicy', { ...NAME, PolicyName: 's' }),
  (cloud) => cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 4 }),
  (cloud) => cloud.compute.change(cloud.compute.living[0]!, 'terminated', 'killed', false),
  (cloud) =>
    cloud.call('StartInstanceRefresh', {
      ...NAME,
      Preferences: { MinHealthyPercentage: 50, InstanceWarmup: 5 },
    }),
  (cloud) => cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 3 }),
];

/** Runs the history; the process dies at the given moment, and the next one takes over. */
async function run(
  crashes: (cloud: TestCloud) => void,
  tick: (cloud: TestCloud, second: number) => boolean,
): Promise<TestCloud> {
  const cloud = await TestCloud.started();
  crashes(cloud);
  let second = 0;
  const live = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++, second++) {
      if (tick(cloud, second)) {
        cloud.crash();
        await cloud.scaling.start();
      }
      await cloud.clock.run(1000);
    }
  };
  for (const act of HISTORY) {
    await act(cloud);
    await live(12);
  }
  await live(300);
  return cloud;
}

async function check(cloud: TestCloud, when: string): Promise<void> {
  const { AutoScalingGroups } = await cloud.call<AutoScalingGroupsType>('DescribeAutoScalingGroups', {});
  const [group] = AutoScalingGroups!;
  assert.equal(group?.DesiredCapacity, 3, when);
  const ids = group.Instances!.map(({ InstanceId }) => InstanceId!).sort();
  assert.deepEqual(
    group.Instances!.map(({ LifecycleState }) => LifecycleState),
    ['InService', 'InService', 'InService'],
    when,
  );
  assert.deepEqual(cloud.compute.living.sort(), ids, `${when}: every instance is the group's`);
}

test('[U15] the service stops and starts again at every second of a history, and nothing is lost or leaked', async () => {
  const none = await run(
    () => undefined,
    () => false,
  );
  await check(none, 'without a restart');
  for (let at = 0; at < HISTORY.length * 12; at++) {
    const cloud = await run(
      () => undefined,
      (_, second) => second === at,
    );
    await check(cloud, `stopped in second ${at}`);
    assert.equal(cloud.compute.count, none.compute.count, `stopped in second ${at}: as many launches`);
  }
});

test('[U16] the process dies in the middle of each effect, before anybody hears that it happened', async () => {
  for (let nth = 1; nth <= 14; nth++) {
    let effects = 0;
    let died = false;
    const cloud = await run(
      (one) => {
        one.compute.afterEffect = () => {
          if (++effects !== nth) return;
          died = true;
          void one.scaling.stop();
        };
      },
      () => {
        const dies = died;
        died = false;
        return dies;
      },
    );
    await check(cloud, `died in effect ${nth}`);
  }
});

test('[U20] when the disk refuses nothing more is done, and the next start goes on from what it had', async () => {
  const cloud = await TestCloud.started();
  await cloud.call('CreateAutoScalingGroup', { ...GROUP, DesiredCapacity: 2 });
  await cloud.clock.run(10_000);
  cloud.records.failWith(new Error('no space left'));
  await assert.rejects(cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 4 }), /no space left/);
  cloud.compute.change(cloud.compute.living[0]!, 'terminated', 'killed', false);
  await cloud.clock.run(600_000);
  assert.equal(cloud.compute.count, 2, 'nothing was launched that is not recorded');
  cloud.crash();
  await cloud.scaling.start();
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 2, 'the one that was killed is replaced');
});
