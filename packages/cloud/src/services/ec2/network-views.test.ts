import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  DescribeImagesResult,
  DescribeInternetGatewaysResult,
  DescribeNetworkAclsResult,
  DescribeNetworkInterfacesResult,
  DescribeRouteTablesResult,
} from '@aws-sdk/client-ec2';
import { SimulatedProvider } from '../../instances/simulated/simulated-provider.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { VPC_ID } from './network.ts';
import { ONE, openEc2, run } from './testing/ec2-world.ts';

const ofVpc = (name: string) => [{ Name: name, Values: [VPC_ID] }];

test('[E26] the default VPC has attributes, a main route table, a default list and a gateway', async () => {
  const world = await openEc2();
  const attribute = (Attribute: string) =>
    world.call<Record<string, { Value?: boolean }>>('DescribeVpcAttribute', { VpcId: VPC_ID, Attribute });
  assert.deepEqual((await attribute('enableDnsSupport'))['EnableDnsSupport'], { Value: true });
  assert.equal(
    await world.codeOf('DescribeVpcAttribute', { VpcId: VPC_ID, Attribute: 'nope' }),
    'InvalidParameterValue',
  );
  const main = { Filters: [...ofVpc('vpc-id'), { Name: 'association.main', Values: ['true'] }] };
  const { RouteTables } = await world.call<DescribeRouteTablesResult>('DescribeRouteTables', main);
  assert.equal(RouteTables?.[0]?.Associations?.[0]?.Main, true);
  const lists = { Filters: [...ofVpc('vpc-id'), { Name: 'default', Values: ['true'] }] };
  const { NetworkAcls } = await world.call<DescribeNetworkAclsResult>('DescribeNetworkAcls', lists);
  assert.equal(NetworkAcls?.[0]?.Associations?.length, 3);
  const attached = { Filters: ofVpc('attachment.vpc-id') };
  const gateways = await world.call<DescribeInternetGatewaysResult>('DescribeInternetGateways', attached);
  assert.equal(gateways.InternetGateways?.length, 1);
  const other = { Filters: [{ Name: 'vpc-id', Values: ['vpc-2'] }] };
  assert.deepEqual(await world.call('DescribeRouteTables', other), { RouteTables: [] });
  assert.equal(
    await world.codeOf('DescribeRouteTables', { RouteTableIds: ['rtb-9'] }),
    'InvalidRouteTableID.NotFound',
  );
});

test('[E26] each instance has an interface, which is found by its security group', async () => {
  const world = await openEc2();
  const instance = await run(world);
  const GroupId = instance.SecurityGroups![0]!.GroupId!;
  const find = async (group: string) => {
    const Filters = [{ Name: 'group-id', Values: [group] }];
    const answer = await world.call<DescribeNetworkInterfacesResult>('DescribeNetworkInterfaces', {
      Filters,
    });
    return answer.NetworkInterfaces!;
  };
  const [found] = await find(GroupId);
  assert.equal(found?.Attachment?.InstanceId, instance.InstanceId);
  assert.equal(found?.PrivateIpAddress, instance.PrivateIpAddress);
  assert.deepEqual(await find('sg-9'), []);
});

test('[E26] names of public Linux images find the image that stands for them', async () => {
  const clock = new ManualClock();
  const images = [{ imageId: 'ami-crescendo', name: 'crescendo', description: 'everything' }];
  const world = await openEc2({ clock, provider: new SimulatedProvider({ clock, images }) });
  const find = async (owner: string, pattern: string) => {
    const { Images } = await world.call<DescribeImagesResult>('DescribeImages', {
      Owners: [owner],
      Filters: [
        { Name: 'name', Values: [pattern] },
        { Name: 'virtualization-type', Values: ['hvm'] },
      ],
    });
    return Images!.map(({ ImageId, Name }) => `${ImageId} ${Name?.split('-')[0]}`);
  };
  assert.deepEqual(await find('amazon', 'al2023-ami-2023.*'), ['ami-crescendo al2023']);
  assert.deepEqual(await find('137112412989', 'amzn2-ami-hvm-*-gp2'), ['ami-crescendo amzn2']);
  assert.deepEqual(await find('099720109477', 'ubuntu/images/*jammy-22.04*'), [
    'ami-crescendo ubuntu/images/hvm',
  ]);
  assert.deepEqual(await find('amazon', 'Windows_Server-*'), []);
  assert.deepEqual(await find('self', 'crescendo'), ['ami-crescendo crescendo']);
  const { Images } = await world.call<DescribeImagesResult>('DescribeImages', {});
  assert.equal(Images?.length, 1);
});

test('[E24] a security group is found by its name, and by its id where a name is asked for', async () => {
  const world = await openEc2();
  const { GroupId } = await world.call<{ GroupId: string }>('CreateSecurityGroup', {
    GroupName: 'web',
    Description: 'w',
  });
  for (const name of ['web', GroupId]) {
    const { SecurityGroups } = await run(world, { SecurityGroups: [name] });
    assert.deepEqual(SecurityGroups, [{ GroupId, GroupName: 'web' }]);
  }
  assert.equal(
    await world.codeOf('RunInstances', { ...ONE, SecurityGroups: ['sg-0'] }),
    'InvalidGroup.NotFound',
  );
});
