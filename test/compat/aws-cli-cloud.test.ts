import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../e2e/testing/wait.ts';
import { CloudUnderTest } from './testing/cloud-under-test.ts';
import { whyAbsent } from './testing/run-client.ts';

const LIMIT_MS = 60_000;

describe('AWS CLI, control plane', { skip: whyAbsent('aws', ['--version']) }, () => {
  let cloud: CloudUnderTest;
  const aws = async (...words: string[]) => {
    const printed = await cloud.succeed('aws', words);
    return printed.trim() === '' ? undefined : JSON.parse(printed);
  };
  const refused = async (...words: string[]) => {
    const { status, errors } = await cloud.run('aws', words);
    assert.notEqual(status, 0);
    return errors;
  };

  before(async () => {
    cloud = await CloudUnderTest.start();
  });
  after(() => cloud?.end());

  test('sts: who am I', async () => {
    assert.equal((await aws('sts', 'get-caller-identity')).Account, '000000000000');
  });

  test('ssm: create once, overwrite, read, history, delete', async () => {
    const put = ['ssm', 'put-parameter', '--name', '/app/key', '--type', 'SecureString'];
    assert.deepEqual(await aws(...put, '--value', 'one ä'), { Version: 1, Tier: 'Standard' });
    assert.match(await refused(...put, '--value', 'two'), /ParameterAlreadyExists/);
    assert.equal((await aws(...put, '--value', 'two', '--overwrite')).Version, 2);
    const get = ['ssm', 'get-parameter', '--name'];
    assert.equal((await aws(...get, '/app/key', '--with-decryption')).Parameter.Value, 'two');
    assert.equal((await aws(...get, '/app/key:1', '--with-decryption')).Parameter.Value, 'one ä');
    assert.notEqual((await aws(...get, '/app/key')).Parameter.Value, 'two');
    const { Parameters } = await aws('ssm', 'get-parameters-by-path', '--path', '/app', '--recursive');
    assert.deepEqual(
      Parameters.map((one: { Name: string }) => one.Name),
      ['/app/key'],
    );
    assert.equal((await aws('ssm', 'get-parameter-history', '--name', '/app/key')).Parameters.length, 2);
    await aws('ssm', 'delete-parameter', '--name', '/app/key');
    assert.match(await refused(...get, '/app/key'), /ParameterNotFound/);
  });

  test('cloudwatch: metrics and an alarm that goes off', async () => {
    const metric = ['--namespace', 'Cli', '--metric-name', 'load'];
    const alarm = [
      '--alarm-name',
      'high',
      '--statistic',
      'Average',
      '--period',
      '10',
      '--evaluation-periods',
      '1',
    ];
    const rule = ['--threshold', '5', '--comparison-operator', 'GreaterThanThreshold'];
    await aws('cloudwatch', 'put-metric-alarm', ...metric, ...alarm, ...rule);
    await eventually('the alarm goes off', LIMIT_MS, async () => {
      await aws('cloudwatch', 'put-metric-data', ...metric, '--value', '9', '--storage-resolution', '1');
      const { MetricAlarms } = await aws('cloudwatch', 'describe-alarms', '--alarm-names', 'high');
      return MetricAlarms[0].StateValue === 'ALARM';
    });
    const listed = await aws('cloudwatch', 'list-metrics', '--namespace', 'Cli');
    assert.deepEqual(listed.Metrics, [{ Namespace: 'Cli', MetricName: 'load', Dimensions: [] }]);
  });

  test('ec2 and autoscaling: a template, a group, its instances, and their end', async () => {
    const data = JSON.stringify({ ImageId: 'ami-minimal', InstanceType: 't3.nano' });
    await aws(
      'ec2',
      'create-launch-template',
      '--launch-template-name',
      'cli',
      '--launch-template-data',
      data,
    );
    const name = ['--auto-scaling-group-name', 'cli'];
    const sizes = ['--min-size', '0', '--max-size', '3', '--desired-capacity', '2'];
    const source = [
      '--launch-template',
      'LaunchTemplateName=cli',
      '--availability-zones',
      'us-east-1a',
      'us-east-1b',
    ];
    await aws('autoscaling', 'create-auto-scaling-group', ...name, ...sizes, ...source);
    await eventually('two instances in service', LIMIT_MS, async () => {
      const { AutoScalingInstances } = await aws('autoscaling', 'describe-auto-scaling-instances');
      const states = AutoScalingInstances.map((one: { LifecycleState: string }) => one.LifecycleState);
      return states.join() === 'InService,InService';
    });
    const filter = [
      '--filters',
      'Name=instance-state-name,Values=running',
      'Name=tag:aws:autoscaling:groupName,Values=cli',
    ];
    assert.equal((await aws('ec2', 'describe-instances', ...filter)).Reservations.length, 2);
    await aws('autoscaling', 'delete-auto-scaling-group', ...name, '--force-delete');
    await eventually('the instances are gone', LIMIT_MS, async () => {
      const { Reservations } = await aws('ec2', 'describe-instances', ...filter);
      return Reservations.length === 0;
    });
  });

  test('cloudformation: a stack with a parameter', async () => {
    const template = JSON.stringify({
      Resources: {
        Greeting: {
          Type: 'AWS::SSM::Parameter',
          Properties: { Name: '/cfn/greeting', Type: 'String', Value: 'hello' },
        },
      },
      Outputs: { Name: { Value: { Ref: 'Greeting' } } },
    });
    await aws('cloudformation', 'create-stack', '--stack-name', 'cli', '--template-body', template);
    await cloud.succeed('aws', ['cloudformation', 'wait', 'stack-create-complete', '--stack-name', 'cli']);
    const { Stacks } = await aws('cloudformation', 'describe-stacks', '--stack-name', 'cli');
    assert.equal(Stacks[0].Outputs[0].OutputValue, '/cfn/greeting');
    assert.equal((await aws('ssm', 'get-parameter', '--name', '/cfn/greeting')).Parameter.Value, 'hello');
  });

  test('dynamodb: a table, items with conditions, a query, pages, a transaction', async () => {
    const key = [
      '--attribute-definitions',
      'AttributeName=id,AttributeType=S',
      'AttributeName=n,AttributeType=N',
    ];
    const schema = ['--key-schema', 'AttributeName=id,KeyType=HASH', 'AttributeName=n,KeyType=RANGE'];
    const table = ['--table-name', 'cli'];
    await aws('dynamodb', 'create-table', ...table, ...key, ...schema, '--billing-mode', 'PAY_PER_REQUEST');
    const item = (n: number) => ({ id: { S: 'ä' }, n: { N: String(n) }, text: { S: `number ${n}` } });
    const requests = [10, -2, 3].map((n) => ({ PutRequest: { Item: item(n) } }));
    await aws('dynamodb', 'batch-write-item', '--request-items', JSON.stringify({ cli: requests }));
    const once = ['--condition-expression', 'attribute_not_exists(id)'];
    const again = await refused('dynamodb', 'put-item', ...table, '--item', JSON.stringify(item(3)), ...once);
    assert.match(again, /ConditionalCheckFailedException.*The conditional request failed/);
    const condition = ['--key-condition-expression', 'id = :id AND n > :n'];
    const values = ['--expression-attribute-values', '{":id": {"S": "ä"}, ":n": {"N": "-5"}}'];
    const { Items } = await aws('dynamodb', 'query', ...table, ...condition, ...values);
    assert.deepEqual(
      Items.map((one: { n: { N: string } }) => one.n.N),
      ['-2', '3', '10'],
    );
    const paged = await aws('dynamodb', 'scan', ...table, '--page-size', '1', '--max-items', '2');
    assert.deepEqual([paged.Items.length, typeof paged.NextToken], [2, 'string']);
    const writes = [
      { Put: { TableName: 'cli', Item: { id: { S: 'new' }, n: { N: '1' } } } },
      {
        ConditionCheck: {
          TableName: 'cli',
          Key: { id: { S: 'ä' }, n: { N: '4' } },
          ConditionExpression: 'attribute_exists(id)',
        },
      },
    ];
    const cancelled = await refused(
      'dynamodb',
      'transact-write-items',
      '--transact-items',
      JSON.stringify(writes),
    );
    assert.match(cancelled, /TransactionCanceledException.*\[None, ConditionalCheckFailed\]/);
    await aws('dynamodb', 'delete-table', ...table);
  });

  test('what is not there is named', async () => {
    assert.match(await refused('ec2', 'describe-carrier-gateways'), /InvalidAction.*DescribeCarrierGateways/);
    assert.match(await refused('kinesis', 'list-streams'), /service kinesis is not part of this cloud/);
  });

  test('wrong keys are refused', async () => {
    const environment = { AWS_SECRET_ACCESS_KEY: 'wrong' };
    const { errors } = await cloud.run('aws', ['sts', 'get-caller-identity'], { environment });
    assert.match(errors, /SignatureDoesNotMatch/);
  });
});
