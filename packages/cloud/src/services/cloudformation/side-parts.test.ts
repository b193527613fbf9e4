import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startedBench } from './testing/stack-bench.ts';

/** As a whole system brings it along: a job for AWS behind a condition, logs, keys, endpoints, people, throughput that follows the load. */
const WHOLE = `
Parameters:
  BigData: {Type: String, Default: 'false', AllowedValues: ['true', 'false']}
Conditions:
  WithBigData: !Equals [!Ref BigData, 'true']
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
  JobRole:
    Type: AWS::IAM::Role
    Condition: WithBigData
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
  Job:
    Type: AWS::Glue::Job
    Condition: WithBigData
    Properties:
      Role: !GetAtt JobRole.Arn
      GlueVersion: '5.0'
      Command: {Name: glueetl, ScriptLocation: 's3://scripts/count.py'}
  Cluster:
    Type: AWS::EMR::Cluster
    Condition: WithBigData
    Properties: {Name: count, ReleaseLabel: emr-7.0.0, Instances: {}, JobFlowRole: !Ref Role, ServiceRole: !Ref JobRole}
  Serverless:
    Type: AWS::EMRServerless::Application
    Condition: WithBigData
    Properties: {ReleaseLabel: emr-7.0.0, Type: Spark}
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true, KeyPolicy: {Version: '2012-10-17', Statement: []}}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/words, TargetKeyId: !Ref Key}}
  Log: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 14, KmsKeyId: !GetAtt Key.Arn}}
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties: {LogGroupName: !Ref Log, FilterPattern: ERROR, MetricTransformations: [{MetricName: e, MetricNamespace: n, MetricValue: '1'}]}
  Net: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  ToS3: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Net, ServiceName: !Sub 'com.amazonaws.\${AWS::Region}.s3'}}
  Topic: {Type: AWS::SNS::Topic}
  Mail: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: a@example.org}}
  People: {Type: AWS::IAM::Group}
  Images: {Type: AWS::ECR::Repository, Properties: {ImageTagMutability: IMMUTABLE}}
  Throughput:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      MaxCapacity: 10
      MinCapacity: 1
      ResourceId: table/words
      ScalableDimension: dynamodb:table:ReadCapacityUnits
      ServiceNamespace: dynamodb
Outputs:
  Key: {Value: !GetAtt Key.Arn}
  Log: {Value: !GetAtt Log.Arn}
  Images: {Value: !GetAtt Images.RepositoryUri}
  JobName: {Condition: WithBigData, Value: !Ref Job}
`;

const CAPABILITIES = { Capabilities: ['CAPABILITY_IAM'] };

test('[F3] a template with jobs for AWS behind a condition runs without them, and says what has no effect', async () => {
  const bench = await startedBench();
  await bench.created('whole', WHOLE, CAPABILITIES);
  const { StackStatus, Outputs } = await bench.stack('whole');
  assert.equal(StackStatus, 'CREATE_COMPLETE');
  const outputs = new Map(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  assert.match(
    String(outputs.get('Key')),
    /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  );
  assert.match(
    String(outputs.get('Images')),
    /^000000000000\.dkr\.ecr\.us-east-1\.amazonaws\.com\/whole-images-\w+$/,
  );
  assert.match(
    String(outputs.get('Log')),
    /^arn:aws:logs:us-east-1:000000000000:log-group:whole-Log-\w+:\*$/,
  );
  assert.equal(outputs.has('JobName'), false);
});

test('[F3] where the condition holds the stack is refused before anything is made, and says what to do', async () => {
  const bench = await startedBench();
  const Parameters = [{ ParameterKey: 'BigData', ParameterValue: 'true' }];
  const asked = bench.call('CreateStack', {
    StackName: 'whole',
    TemplateBody: WHOLE,
    Parameters,
    ...CAPABILITIES,
  });
  await assert.rejects(asked, (error: Error) => {
    for (const type of ['AWS::Glue::Job', 'AWS::EMR::Cluster', 'AWS::EMRServerless::Application']) {
      assert.ok(
        error.message.includes(`Resource type ${type} is refused: it runs on AWS only`),
        error.message,
      );
    }
    assert.match(
      error.message,
      /put it behind a condition that does not hold here, and run the same job with spark-submit/,
    );
    return true;
  });
  await assert.rejects(bench.stack('whole'), /does not exist/);
});

test('[F4] what would only look as if it were scaled is refused', async () => {
  const bench = await startedBench();
  const TemplateBody = WHOLE.replace('ServiceNamespace: dynamodb', 'ServiceNamespace: ecs');
  await assert.rejects(
    bench.call('CreateStack', { StackName: 'whole', TemplateBody, ...CAPABILITIES }),
    /must be one of dynamodb/,
  );
});
