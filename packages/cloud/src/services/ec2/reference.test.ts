import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Reservation } from '@aws-sdk/client-ec2';
import { openEc2 } from './testing/ec2-world.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../../../../docs/reference/${name}`, import.meta.url), 'utf8');

/** The names in the first column of a page's tables, as they stand between backquotes. */
function firstColumn(page: string, pattern: RegExp): string[] {
  return page.split('\n').flatMap((line) => pattern.exec(line)?.[1] ?? []);
}

test('docs/reference/ec2.md names the operations that there are', async () => {
  const { ec2 } = await openEc2();
  const named = firstColumn(read('ec2.md'), /^\| `([A-Z]\w+)` \|/);
  assert.deepEqual(named.toSorted(), Object.keys(ec2.service.operations).toSorted());
});

test('docs/reference/instance-metadata.md names what an instance can read', async () => {
  const world = await openEc2();
  const { Instances } = await world.call<Reservation>('RunInstances', {
    ImageId: 'ami-minimal',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from('#!/bin/sh\n').toString('base64'),
    IamInstanceProfile: { Name: 'nodes' },
    MetadataOptions: { InstanceMetadataTags: 'enabled' },
    InstanceMarketOptions: { MarketType: 'spot' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'n' }] }],
  });
  const id = Instances![0]!.InstanceId!;
  await world.settle();
  world.ec2.compute.setTargetLifecycleState(id, 'InService');
  await world.ec2.recommendRebalance(id);
  await world.ec2.interruptSpot(id);
  const named = firstColumn(read('instance-metadata.md'), /^\| `([a-z][^`]+)` \|/);
  const mac = world.readMetadata(id, 'meta-data/mac')!;
  for (const path of named) {
    const real = path.replace('ROLE', 'nodes').replace('MAC', mac).replace('KEY', 'Name');
    assert.notEqual(world.readMetadata(id, real), undefined, path);
  }
  const top = (prefix: string, names: string) => names.split('\n').map((name) => `${prefix}${name}`);
  for (const path of [...top('meta-data/', world.readMetadata(id, 'meta-data')!), 'user-data']) {
    assert.ok(
      named.some((one) => one.startsWith(path.replace(/\/$/, ''))),
      path,
    );
  }
});
