import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  DeleteLaunchTemplateVersionsResult,
  DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersionsResult,
  DescribeSecurityGroupsResult,
  DescribeSubnetsResult,
  DescribeTagsResult,
  LaunchTemplate,
  Reservation,
} from '@aws-sdk/client-ec2';
import type { Ec2TestWorld } from './testing/ec2-world.ts';
import { openEc2 } from './testing/ec2-world.ts';

const DATA = { ImageId: 'ami-minimal', InstanceType: 't3.micro' };

async function template(world: Ec2TestWorld, data: object = DATA): Promise<LaunchTemplate> {
  const input = { LaunchTemplateName: 'one', LaunchTemplateData: data };
  return (await world.call<{ LaunchTemplate: LaunchTemplate }>('CreateLaunchTemplate', input)).LaunchTemplate;
}

test('[E20] a template has numbered versions, and $Latest and $Default mean two of them', async () => {
  const world = await openEc2();
  const { LaunchTemplateId: id } = await template(world);
  await world.call('CreateLaunchTemplateVersion', {
    LaunchTemplateName: 'one',
    SourceVersion: '1',
    LaunchTemplateData: { InstanceType: 't3.large' },
  });
  const resolve = (version: string) =>
    world.ec2.compute.resolveLaunchTemplate({ launchTemplateId: id!, version });
  assert.deepEqual([resolve('$Latest').version, resolve('$Latest').instanceType], ['2', 't3.large']);
  assert.deepEqual([resolve('$Default').version, resolve('$Default').imageId], ['1', 'ami-minimal']);
  await world.call('ModifyLaunchTemplate', { LaunchTemplateId: id, DefaultVersion: '2' });
  assert.equal(resolve('$Default').version, '2');
  const { LaunchTemplates: shown } =
    await world.call<DescribeLaunchTemplatesResult>('DescribeLaunchTemplates');
  assert.deepEqual([shown?.[0]?.DefaultVersionNumber, shown?.[0]?.LatestVersionNumber], [2, 2]);
  const versions = await world.call<DescribeLaunchTemplateVersionsResult>('DescribeLaunchTemplateVersions', {
    LaunchTemplateId: id,
    Versions: ['$Latest'],
  });
  assert.equal(versions.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId, 'ami-minimal');
});

test('[E20] deleted numbers are not given again, and the default version stays', async () => {
  const world = await openEc2();
  const { LaunchTemplateId } = await template(world);
  const more = { LaunchTemplateId, LaunchTemplateData: DATA };
  await world.call('CreateLaunchTemplateVersion', more);
  const deleted = await world.call<DeleteLaunchTemplateVersionsResult>('DeleteLaunchTemplateVersions', {
    LaunchTemplateId,
    Versions: ['1', '2', '9'],
  });
  assert.deepEqual(
    deleted.SuccessfullyDeletedLaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber),
    [2],
  );
  assert.equal(deleted.UnsuccessfullyDeletedLaunchTemplateVersions?.length, 2);
  const next = await world.call<{ LaunchTemplateVersion: { VersionNumber: number } }>(
    'CreateLaunchTemplateVersion',
    more,
  );
  assert.equal(next.LaunchTemplateVersion.VersionNumber, 3);
  await world.call('DeleteLaunchTemplate', { LaunchTemplateId });
  assert.equal(world.records.table('ec2/launch-template-versions').size, 0);
});

test('[E20] templates that are not there, names that are taken or no names, have EC2’s codes', async () => {
  const world = await openEc2();
  await template(world);
  const create = (LaunchTemplateName: string) =>
    world.codeOf('CreateLaunchTemplate', { LaunchTemplateName, LaunchTemplateData: DATA });
  assert.equal(await create('one'), 'InvalidLaunchTemplateName.AlreadyExistsException');
  assert.equal(await create('no good'), 'InvalidLaunchTemplateName.MalformedException');
  const describe = (input: object) => world.codeOf('DescribeLaunchTemplates', input);
  assert.equal(await describe({ LaunchTemplateIds: ['lt-1'] }), 'InvalidLaunchTemplateId.NotFound');
  assert.equal(
    await describe({ LaunchTemplateNames: ['two'] }),
    'InvalidLaunchTemplateName.NotFoundException',
  );
  const version = { LaunchTemplateName: 'one', Versions: ['7'] };
  assert.equal(
    await world.codeOf('DescribeLaunchTemplateVersions', version),
    'InvalidLaunchTemplateId.VersionNotFound',
  );
});

test('[E21] a launch takes the template, and what the request says instead; tags of both apply', async () => {
  const world = await openEc2();
  const tag = (Key: string) => [{ ResourceType: 'instance', Tags: [{ Key, Value: 'x' }] }];
  const { LaunchTemplateId } = await template(world, { ...DATA, TagSpecifications: tag('from-template') });
  const { Instances } = await world.call<Reservation>('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: { LaunchTemplateId },
    InstanceType: 't3.small',
    TagSpecifications: tag('from-request'),
  });
  assert.equal(Instances?.[0]?.InstanceType, 't3.small');
  assert.equal(Instances?.[0]?.ImageId, 'ami-minimal');
  const keys = Instances?.[0]?.Tags?.map(({ Key }) => Key).sort();
  assert.deepEqual(keys, [
    'aws:ec2launchtemplate:id',
    'aws:ec2launchtemplate:version',
    'from-request',
    'from-template',
  ]);
});

test('[E22] Auto Scaling launches by template, into a zone, once a token, and is told of each change', async () => {
  const world = await openEc2();
  const { LaunchTemplateId } = await template(world);
  const request = {
    clientToken: 'group/1',
    launchTemplate: { launchTemplateId: LaunchTemplateId!, version: '$Latest' },
    zone: 'us-east-1c',
    spot: true,
    tags: { 'aws:autoscaling:groupName': 'g' },
  };
  const [one, other] = await Promise.all([
    world.ec2.compute.launch(request),
    world.ec2.compute.launch(request),
  ]);
  assert.equal(one.instanceId, other.instanceId);
  assert.deepEqual([one.state, one.zone, one.healthy], ['pending', 'us-east-1c', true]);
  assert.match(one.privateIpAddress, /^127\.0\.48\./);
  await world.settle();
  await world.ec2.compute.terminate(one.instanceId, 'Taken out of service in response to a scale-in');
  await world.ec2.compute.terminate('i-00000000000000000', 'unknown ids are ignored');
  await world.settle();
  assert.deepEqual(
    world.changes.map(({ state }) => state),
    ['pending', 'running', 'shutting-down', 'terminated'],
  );
  assert.match(world.ec2.compute.describe(one.instanceId)!.reason, /scale-in/);
});

test('[E23] an instance reads its template’s data, state, credentials and tags', async () => {
  const world = await openEc2();
  const { LaunchTemplateId } = await template(world, {
    ...DATA,
    UserData: Buffer.from('#!/bin/sh\n').toString('base64'),
    IamInstanceProfile: { Name: 'nodes' },
    MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' },
    InstanceMarketOptions: { MarketType: 'spot' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'n' }] }],
  });
  const { Instances } = await world.call<Reservation>('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: { LaunchTemplateId },
  });
  const id = Instances![0]!.InstanceId!;
  await world.settle();
  const read = (path: string) => world.readMetadata(id, path);
  assert.equal(read('meta-data/instance-id'), id);
  assert.equal(read('meta-data/instance-type'), 't3.micro');
  assert.equal(read('meta-data/ami-id'), 'ami-minimal');
  assert.equal(read('meta-data/local-ipv4'), Instances![0]!.PrivateIpAddress);
  assert.equal(read('meta-data/placement/availability-zone'), 'us-east-1a');
  assert.equal(read('meta-data/placement/region'), 'us-east-1');
  assert.equal(read('meta-data/tags/instance/Name'), 'n');
  assert.equal(read('user-data'), '#!/bin/sh\n');
  assert.equal(read('meta-data/iam/security-credentials/'), 'nodes');
  const credentials = JSON.parse(read('meta-data/iam/security-credentials/nodes')!) as Record<string, string>;
  assert.deepEqual([credentials['AccessKeyId'], credentials['SecretAccessKey']], ['AKIA', 'secret']);
  assert.equal(
    (JSON.parse(read('dynamic/instance-identity/document')!) as { instanceId: string }).instanceId,
    id,
  );
  assert.equal(read('meta-data/autoscaling/target-lifecycle-state'), undefined);
  world.ec2.compute.setTargetLifecycleState(id, 'InService');
  assert.equal(read('meta-data/autoscaling/target-lifecycle-state'), 'InService');
  assert.equal(read('meta-data/spot/instance-action'), undefined);
  await world.ec2.interruptSpot(id);
  assert.deepEqual(JSON.parse(read('meta-data/spot/instance-action')!), {
    action: 'terminate',
    time: new Date(world.clock.wallMs() + 120_000).toISOString().replace('.000', ''),
  });
  assert.equal(read('meta-data/events/recommendations/rebalance'), undefined);
  await world.ec2.recommendRebalance(id);
  assert.match(read('meta-data/events/recommendations/rebalance')!, /noticeTime/);
});

test('[E24] security groups are kept with their rules, and not deleted while they are used', async () => {
  const world = await openEc2();
  const { GroupId } = await world.call<{ GroupId: string }>('CreateSecurityGroup', {
    GroupName: 'web',
    Description: 'd',
  });
  const rule = {
    IpProtocol: 'tcp',
    FromPort: 80,
    ToPort: 80,
    IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all' }],
  };
  await world.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [rule] });
  assert.equal(
    await world.codeOf('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [rule] }),
    'InvalidPermission.Duplicate',
  );
  const { SecurityGroups } = await world.call<DescribeSecurityGroupsResult>('DescribeSecurityGroups', {
    GroupIds: [GroupId],
  });
  assert.deepEqual(SecurityGroups?.[0]?.IpPermissions, [
    { ...rule, Ipv6Ranges: [], UserIdGroupPairs: [], PrefixListIds: [] },
  ]);
  assert.equal(SecurityGroups?.[0]?.IpPermissionsEgress?.length, 1);
  const { Instances } = await world.call<Reservation>('RunInstances', {
    ...DATA,
    MinCount: 1,
    MaxCount: 1,
    SecurityGroupIds: [GroupId],
  });
  await world.settle();
  assert.equal(await world.codeOf('DeleteSecurityGroup', { GroupId }), 'DependencyViolation');
  await world.call('TerminateInstances', { InstanceIds: [Instances![0]!.InstanceId] });
  await world.settle();
  await world.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions: [rule] });
  assert.equal(
    await world.codeOf('RevokeSecurityGroupIngress', { GroupId, IpPermissions: [rule] }),
    'InvalidPermission.NotFound',
  );
  await world.call('DeleteSecurityGroup', { GroupId });
  assert.equal(
    await world.codeOf('DescribeSecurityGroups', { GroupIds: [GroupId] }),
    'InvalidGroup.NotFound',
  );
  assert.equal(await world.codeOf('DeleteSecurityGroup', { GroupName: 'default' }), 'CannotDelete');
});

test('[E25] a key pair’s private half is given once and not kept', async () => {
  const world = await openEc2();
  const made = await world.call<{ KeyMaterial: string }>('CreateKeyPair', { KeyName: 'k' });
  assert.match(made.KeyMaterial, /^-----BEGIN RSA PRIVATE KEY-----/);
  assert.ok(!JSON.stringify([...world.records.table('ec2/key-pairs').entries()]).includes('PRIVATE'));
  assert.equal(await world.codeOf('CreateKeyPair', { KeyName: 'k' }), 'InvalidKeyPair.Duplicate');
  assert.equal(await world.codeOf('DeleteKeyPair', { KeyName: 'nobody' }), 'none');
  assert.equal(await world.codeOf('DescribeKeyPairs', { KeyNames: ['nobody'] }), 'InvalidKeyPair.NotFound');
});

test('[E26] there is a default network with a subnet in each of three zones', async () => {
  const world = await openEc2();
  const { Subnets } = await world.call<DescribeSubnetsResult>('DescribeSubnets', {
    Filters: [{ Name: 'default-for-az', Values: ['true'] }],
  });
  assert.deepEqual(
    Subnets?.map(({ AvailabilityZone, CidrBlock }) => [AvailabilityZone, CidrBlock]),
    [
      ['us-east-1a', '127.0.16.0/20'],
      ['us-east-1b', '127.0.32.0/20'],
      ['us-east-1c', '127.0.48.0/20'],
    ],
  );
  assert.equal(await world.codeOf('DescribeVpcs', { VpcIds: ['vpc-1'] }), 'InvalidVpcID.NotFound');
  assert.equal(
    await world.codeOf('DescribeInstanceTypes', { InstanceTypes: ['x9.huge'] }),
    'InvalidInstanceType',
  );
});

test('[E27] tags are given, found and taken by key and value; AWS’s own cannot be given by clients', async () => {
  const world = await openEc2();
  const { LaunchTemplateId } = await template(world);
  const Resources = [LaunchTemplateId];
  const tags = async (Filters: object[] = []) => {
    const answer = await world.call<DescribeTagsResult>('DescribeTags', { Filters });
    return answer.Tags!.map(({ Key, Value, ResourceType }) => `${ResourceType} ${Key}=${Value}`);
  };
  await world.call('CreateTags', {
    Resources,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  });
  assert.deepEqual(await tags(), ['launch-template a=1', 'launch-template b=2']);
  assert.deepEqual(await tags([{ Name: 'key', Values: ['b'] }]), ['launch-template b=2']);
  await world.call('DeleteTags', { Resources, Tags: [{ Key: 'a', Value: 'other' }, { Key: 'b' }] });
  assert.deepEqual(await tags(), ['launch-template a=1']);
  assert.equal(
    await world.codeOf('CreateTags', { Resources, Tags: [{ Key: 'aws:x', Value: '' }] }),
    'InvalidParameterValue',
  );
  await world.call('CreateTags', { Resources, Tags: [{ Key: 'aws:x', Value: '' }] }, 'internal');
  assert.equal(
    await world.codeOf('CreateTags', { Resources: ['lt-1'], Tags: [{ Key: 'a' }] }),
    'InvalidLaunchTemplateId.NotFound',
  );
  assert.equal(await world.codeOf('CreateTags', { Resources: ['what'], Tags: [{ Key: 'a' }] }), 'InvalidID');
});
