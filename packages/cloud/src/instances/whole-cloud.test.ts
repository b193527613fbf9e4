import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { runs } from './testing/process-world.ts';
import { KEYS } from './testing/whole-cloud.ts';

interface Cloud {
  readonly child: ChildProcess;
  readonly scaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
}

/** @param limitKiB no file of it may be larger: what lies beyond fails as on a full disk */
async function startWholeCloud(dataDir: string, limitKiB?: number): Promise<Cloud> {
  const main = fileURLToPath(new URL('./testing/whole-cloud.ts', import.meta.url));
  const limit = limitKiB === undefined ? '' : `ulimit -f ${limitKiB};`;
  const child = spawn('bash', ['-c', `${limit} exec "$0" "$@"`, process.execPath, main, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const settings = {
    endpoint: said.toString().trim(),
    region: 'us-east-1',
    credentials: KEYS,
    maxAttempts: 1,
  };
  return {
    child,
    scaling: new AutoScalingClient(settings),
    ec2: new EC2Client(settings),
    ssm: new SSMClient(settings),
  };
}

async function end({ child }: Cloud, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** Ids of the group's instances once `count` are in service, none of them in `without`. */
async function inService(
  { scaling }: Cloud,
  count: number,
  without: readonly string[] = [],
): Promise<string[]> {
  const until = performance.now() + 30_000;
  for (;;) {
    const { AutoScalingGroups: groups = [] } = await scaling.send(new DescribeAutoScalingGroupsCommand({}));
    const all = groups.flatMap(({ Instances }) => Instances ?? []);
    const good = all.filter(
      ({ LifecycleState, HealthStatus }) => LifecycleState === 'InService' && HealthStatus === 'Healthy',
    );
    const ids = good.map(({ InstanceId }) => InstanceId!).toSorted();
    if (all.length === count && ids.length === count && !ids.some((id) => without.includes(id))) return ids;
    if (performance.now() > until)
      throw new Error(`not within 30 s: ${count} in service; ${JSON.stringify(all)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Instance -> number of its first process. */
function firstProcesses(dataDir: string): Map<string, number> {
  const files = globSync('**/instances/i-*/boot.json', { cwd: dataDir });
  return new Map(
    files.map((file) => {
      const { first } = JSON.parse(readFileSync(join(dataDir, file), 'utf8')) as { first: { pid: number } };
      return [basename(dirname(file)), first.pid] as const;
    }),
  );
}

async function makeGroup(cloud: Cloud, size: number): Promise<void> {
  const UserData = Buffer.from('#!/bin/sh\nsleep 600\n').toString('base64');
  const LaunchTemplateData = { ImageId: 'ami-minimal', InstanceType: 't3.micro', UserData } as const;
  const template = { LaunchTemplateName: 'worker' };
  await cloud.ec2.send(new CreateLaunchTemplateCommand({ ...template, LaunchTemplateData }));
  const group = {
    AutoScalingGroupName: 'workers',
    MinSize: size,
    MaxSize: size,
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
  };
  await cloud.scaling.send(new CreateAutoScalingGroupCommand({ ...group, LaunchTemplate: template }));
}

test('[I20] a group’s instances outlive a cloud that is killed; one that is killed itself is replaced', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'crescendo-whole-'));
  let cloud = await startWholeCloud(dataDir);
  t.after(async () => {
    await end(cloud, 'SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });
  await makeGroup(cloud, 2);
  const ids = await inService(cloud, 2);
  const before = firstProcesses(dataDir);
  await end(cloud, 'SIGKILL');
  cloud = await startWholeCloud(dataDir);
  assert.deepEqual(await inService(cloud, 2), ids);
  assert.deepEqual(firstProcesses(dataDir), before);
  const [victim = ''] = ids;
  process.kill(-before.get(victim)!, 'SIGKILL');
  await inService(cloud, 2, [victim]);
  const last = [...firstProcesses(dataDir).values()];
  await cloud.scaling.send(
    new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'workers', ForceDelete: true }),
  );
  await end(cloud, 'SIGTERM');
  assert.deepEqual(
    last.filter((pid) => runs(pid)),
    [],
  );
});

test('[W9] a cloud whose disk is full says so, keeps its instances, and has everything again when there is room', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'crescendo-full-'));
  let cloud = await startWholeCloud(dataDir, 1024);
  t.after(async () => {
    await end(cloud, 'SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });
  await makeGroup(cloud, 1);
  const ids = await inService(cloud, 1);
  const before = firstProcesses(dataDir);
  let kept = 0;
  const fill = async (): Promise<void> => {
    for (; kept < 1_000; kept++)
      await cloud.ssm.send(
        new PutParameterCommand({ Name: `/fill/${kept}`, Type: 'String', Value: 'x'.repeat(4_000) }),
      );
  };
  await assert.rejects(fill(), /make room or mend the disk, then start the cloud again/);
  assert.ok(kept > 10, `${kept} parameters were kept`);
  await assert.rejects(inService(cloud, 1), /make room or mend the disk, then start the cloud again/);
  assert.ok(runs(before.get(ids[0]!)!), 'an instance outlives the disk');
  await end(cloud, 'SIGTERM');
  assert.equal(cloud.child.exitCode, 1);
  assert.equal(runs(before.get(ids[0]!)!), false, 'a clean stop leaves nothing running');
  cloud = await startWholeCloud(dataDir);
  assert.deepEqual(await inService(cloud, 1), ids);
  const { Parameter } = await cloud.ssm.send(new GetParameterCommand({ Name: `/fill/${kept - 1}` }));
  assert.equal(Parameter?.Value?.length, 4_000);
});
