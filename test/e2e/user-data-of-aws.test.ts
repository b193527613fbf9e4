/** A template as AWS's samples are written: its instances fetch their id from AWS's address, install packages, and signal by absolute path. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeInstancesCommand, EC2Client, GetConsoleOutputCommand } from '@aws-sdk/client-ec2';
import { type RunningCloud, startCloud } from '@crescendo/cloud';
import { eventually } from './testing/wait.ts';

const KEYS = { accessKeyId: 'AKIASAMPLE', secretAccessKey: 'the secret of the sample' };
const LIMIT_MS = 60_000;

const TEMPLATE = `
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64}}'
        InstanceType: t3.micro
        MetadataOptions: {HttpTokens: required}
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash -xe
            yum update -y aws-cfn-bootstrap
            token=$(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
            id=$(curl -s -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/instance-id)
            echo "this is $id"
            /opt/aws/bin/cfn-init -v --stack \${AWS::StackName} --resource Group --region \${AWS::Region}
            /opt/aws/bin/cfn-signal -e $? -d "$id" '\${Handle}'
            /opt/aws/bin/cfn-signal -e $? --stack \${AWS::StackName} --resource Group --region \${AWS::Region}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    CreationPolicy: {ResourceSignal: {Count: 1, Timeout: PT2M}}
    Metadata: {AWS::CloudFormation::Init: {config: {packages: {yum: {httpd: []}}}}}
    Properties:
      AvailabilityZones: !GetAZs ''
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      MinSize: 1
      MaxSize: 2
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Ready:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Handle, Count: 1, Timeout: 120}
Outputs:
  Data: {Value: !GetAtt Ready.Data}
`;

describe('user data as it is written for AWS', () => {
  let folder: string;
  let cloud: RunningCloud;
  let stacks: CloudFormationClient;
  let ec2: EC2Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crescendo-sample-'));
    cloud = await startCloud({
      dataDir: join(folder, 'cloud'),
      listen: { host: '127.0.0.1', port: 0 },
      credentials: [KEYS],
      devKeys: false,
      log: () => {},
    });
    const configuration = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: KEYS };
    stacks = new CloudFormationClient(configuration);
    ec2 = new EC2Client(configuration);
  });
  after(async () => {
    stacks?.destroy();
    ec2?.destroy();
    await cloud?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  test('it signals, and says on its console what it left undone', async () => {
    const StackName = 'sample';
    await stacks.send(new CreateStackCommand({ StackName, TemplateBody: TEMPLATE }));
    const stack = await eventually('the stack is complete', LIMIT_MS, async () => {
      const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }));
      assert.equal(Stacks?.[0]?.StackStatus, 'CREATE_COMPLETE');
      return Stacks[0];
    });
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const id = Reservations![0]!.Instances![0]!.InstanceId!;
    assert.deepEqual(JSON.parse(stack.Outputs![0]!.OutputValue!), { [id]: id });
    const { StackEvents } = await stacks.send(new DescribeStackEventsCommand({ StackName }));
    const reasons = StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason).join('\n');
    assert.match(reasons, new RegExp(`Received SUCCESS signal with UniqueId ${id}`));
    assert.match(reasons, /Inert here: Metadata.AWS::CloudFormation::Init\./);
    const { Output } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id, Latest: true }));
    const said = Buffer.from(Output!, 'base64').toString();
    assert.match(said, new RegExp(`^this is ${id}$`, 'm'));
    assert.match(said, /^yum update -y aws-cfn-bootstrap: not done, because/m);
  });
});
