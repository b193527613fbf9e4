import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  GetConsoleOutputCommand,
  ModifyInstanceAttributeCommand,
  paginateDescribeInstances,
  RunInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { startCloud } from '../../daemon/start-cloud.ts';
import { SimulatedProvider } from '../../instances/simulated/simulated-provider.ts';
import { REAL_CLOCK } from '../../instances/testing/process-world.ts';

const KEYS = { accessKeyId: 'AKIDOFTHISTEST', secretAccessKey: 'a-secret-of-this-test' };

/** AWS's own client, signed requests over a socket, and simulated instances behind it. */
async function client(t: TestContext): Promise<EC2Client> {
  const dataDir = mkdtempSync(join(tmpdir(), 'crescendo-ec2-'));
  const provider = new SimulatedProvider({ clock: REAL_CLOCK });
  const cloud = await startCloud({
    dataDir,
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [KEYS],
    devKeys: false,
    provider,
    log: () => undefined,
  });
  const ec2 = new EC2Client({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: KEYS });
  t.after(async () => {
    ec2.destroy();
    await cloud.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return ec2;
}

const DATA = { ImageId: 'ami-minimal', InstanceType: 't3.micro' } as const;

test('[E30] AWS’s client launches by template, waits, pages and terminates', async (t) => {
  const ec2 = await client(t);
  const { LaunchTemplate: template } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'one',
      LaunchTemplateData: {
        ...DATA,
        BlockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, DeleteOnTermination: true } },
        ],
        MetadataOptions: { HttpTokens: 'required' },
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'a & b <c>' }] }],
      },
    }),
  );
  assert.ok(template?.CreateTime instanceof Date);
  const launched = await ec2.send(
    new RunInstancesCommand({
      MinCount: 7,
      MaxCount: 7,
      LaunchTemplate: { LaunchTemplateId: template.LaunchTemplateId, Version: '$Latest' },
    }),
  );
  const InstanceIds = launched.Instances!.map(({ InstanceId }) => InstanceId!);
  assert.equal(new Set(InstanceIds).size, 7);
  const wait = { client: ec2, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.1 };
  await waitUntilInstanceRunning(wait, { InstanceIds });
  const Filters = [{ Name: 'tag:Name', Values: ['a & b <c>'] }];
  const seen: string[] = [];
  for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, { Filters })) {
    for (const { Instances } of page.Reservations!)
      seen.push(...Instances!.map(({ InstanceId }) => InstanceId!));
  }
  assert.deepEqual(seen.toSorted(), InstanceIds.toSorted());
  const shown = await ec2.send(new DescribeInstancesCommand({ InstanceIds: InstanceIds.slice(0, 1) }));
  const one = shown.Reservations![0]!.Instances![0]!;
  assert.equal(one.MetadataOptions?.HttpTokens, 'required');
  assert.equal(one.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination, true);
  assert.ok(one.LaunchTime instanceof Date);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  await waitUntilInstanceTerminated(wait, { InstanceIds });
});

test('[E30] what AWS’s client writes comes back as it was, and errors by their codes', async (t) => {
  const ec2 = await client(t);
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }));
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 80, ToPort: 81, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
  ];
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  const groups = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId!] }));
  assert.equal(groups.SecurityGroups?.[0]?.IpPermissions?.[0]?.IpRanges?.[0]?.CidrIp, '10.0.0.0/8');
  const { Instances } = await ec2.send(new RunInstancesCommand({ ...DATA, MinCount: 1, MaxCount: 1 }));
  const InstanceId = Instances![0]!.InstanceId!;
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: true } }));
  const attribute = await ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }),
  );
  assert.equal(attribute.DisableApiTermination?.Value, true);
  await assert.rejects(ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })), {
    name: 'OperationNotPermitted',
  });
  await waitUntilInstanceRunning(
    { client: ec2, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.1 },
    { InstanceIds: [InstanceId] },
  );
  const console = await ec2.send(new GetConsoleOutputCommand({ InstanceId }));
  assert.match(Buffer.from(console.Output!, 'base64').toString('utf8'), /boot of i-/);
  const missing = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'nobody' });
  await assert.rejects(ec2.send(missing), { name: 'InvalidLaunchTemplateName.NotFoundException' });
  await assert.rejects(
    ec2.send(new RunInstancesCommand({ ...DATA, MinCount: 1, MaxCount: 1, DryRun: true })),
    {
      name: 'DryRunOperation',
    },
  );
});
