import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startedBench } from './testing/stack-bench.ts';

/** What AWS's CDK adds to every template that it synthesizes. */
const FROM_CDK = {
  Parameters: {
    BootstrapVersion: {
      Type: 'AWS::SSM::Parameter::Value<String>',
      Default: '/cdk-bootstrap/hnb659fds/version',
    },
  },
  Rules: {
    CheckBootstrapVersion: {
      Assertions: [
        {
          Assert: {
            'Fn::Not': [{ 'Fn::Contains': [['1', '2', '3', '4', '5'], { Ref: 'BootstrapVersion' }] }],
          },
          AssertDescription: 'Run cdk bootstrap first.',
        },
      ],
    },
  },
  Conditions: { CDKMetadataAvailable: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] } },
  Resources: {
    CDKMetadata: {
      Type: 'AWS::CDK::Metadata',
      Condition: 'CDKMetadataAvailable',
      Properties: { Analytics: 'v2:deflate64:none' },
    },
    Topic: { Type: 'AWS::SNS::Topic' },
  },
};

test('[F14] what the CDK adds to its templates does not stop them', async () => {
  const bench = await startedBench();
  await bench.created('cdk', JSON.stringify(FROM_CDK));
  assert.equal((await bench.stack('cdk')).StackStatus, 'CREATE_COMPLETE');
});

test('[F14] a rule that does not hold stops a stack before anything is made', async () => {
  const bench = await startedBench();
  const TemplateBody = JSON.stringify({
    ...FROM_CDK,
    Parameters: { BootstrapVersion: { Type: 'String', Default: '4' } },
  });
  await assert.rejects(bench.call('CreateStack', { StackName: 'cdk', TemplateBody }), {
    code: 'ValidationError',
    message: /^Rule CheckBootstrapVersion failed: Run cdk bootstrap first\./,
  });
  await assert.rejects(bench.stack('cdk'), /does not exist/);
});

const PARTS = `Parameters:
  Names: {Type: CommaDelimitedList, Default: 'a,b'}
  Where: {Type: String, Default: here}
Transform: AWS::LanguageExtensions
Conditions:
  OnAws: !Equals [!Ref Where, aws]
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - Topic\${Name}: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub 'of-\${Name}'}}
  Cluster: {Type: AWS::ECS::Cluster, Condition: OnAws}
  Address: {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}
  Gateway: {Type: AWS::EC2::NatGateway, Properties: {AllocationId: !GetAtt Address.AllocationId, SubnetId: subnet-1}}
  Balancer:
    Type: AWS::ElasticLoadBalancing::LoadBalancer
    Properties: {Listeners: [{InstancePort: 80, LoadBalancerPort: '80', Protocol: HTTP}]}
Outputs:
  Name: {Value: !GetAtt Balancer.DNSName}
  Address: {Value: !Ref Address}
`;

test('[F13] a loop follows its parameter: another value makes and deletes', async () => {
  const bench = await startedBench();
  await bench.created('parts', PARTS);
  const ids = async (): Promise<string[]> => {
    const { StackResources } = await bench.call<{ StackResources: { LogicalResourceId: string }[] }>(
      'DescribeStackResources',
      { StackName: 'parts' },
    );
    return StackResources.map(({ LogicalResourceId }) => LogicalResourceId).sort();
  };
  assert.deepEqual(await ids(), ['Address', 'Balancer', 'Gateway', 'Topica', 'Topicb']);
  const change = (ParameterKey: string, ParameterValue: string): object => ({
    StackName: 'parts',
    UsePreviousTemplate: true,
    Parameters: [
      { ParameterKey, ParameterValue },
      ...['Names', 'Where']
        .filter((name) => name !== ParameterKey)
        .map((name) => ({ ParameterKey: name, UsePreviousValue: true })),
    ],
  });
  await bench.call('UpdateStack', change('Names', 'b,c'));
  await bench.settle('parts');
  assert.deepEqual(await ids(), ['Address', 'Balancer', 'Gateway', 'Topicb', 'Topicc']);
  await assert.rejects(
    bench.call('UpdateStack', change('Where', 'aws')),
    /Unrecognized resource types: \[AWS::ECS::Cluster\]/,
  );
});
