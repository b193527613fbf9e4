import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AwsError, type OperationHandler, type RequestContext } from '../../contract/service.ts';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { createSecretBox, createSsmService, readOrMakeKey } from './index.ts';

const KEY = Buffer.alloc(32, 7);
const CONTEXT: RequestContext = {
  accountId: '000000000000',
  region: 'us-east-1',
  requestId: 'r',
  accessKeyId: 'AKIATEST',
  nowMs: 1_700_000_000_000,
};

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
type Answer = any;

function openSsm(records = new MemoryRecords(), key: Uint8Array = KEY) {
  const { service } = createSsmService({
    records,
    secrets: createSecretBox(key),
    accountId: CONTEXT.accountId,
    region: CONTEXT.region,
  });
  const call = (operation: string, input: object): Answer =>
    (service.operations[operation] as OperationHandler<object>)(input, CONTEXT);
  const put = (name: string, value: string, more: object = {}): Answer =>
    call('PutParameter', { Name: name, Value: value, Type: 'String', ...more });
  const get = (name: string, more: object = {}): Answer =>
    call('GetParameter', { Name: name, ...more }).Parameter;
  return { records, call, put, get };
}

function refused(code: string, message?: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AwsError, String(error));
    assert.equal(error.code, code, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

test('[H1] a parameter is created once: without Overwrite a second put is refused and changes nothing', () => {
  const { put, get } = openSsm();
  assert.deepEqual(put('/cluster/id', 'first'), { Version: 1, Tier: 'Standard' });
  assert.throws(() => put('/cluster/id', 'second'), refused('ParameterAlreadyExists'));
  assert.throws(() => put('/cluster/id', 'second', { Overwrite: false }), refused('ParameterAlreadyExists'));
  assert.equal(get('/cluster/id').Value, 'first');
  assert.equal(get('/cluster/id').Version, 1);
});

test('[H2] an overwrite makes the next version; versions are found by number and by label', () => {
  const { put, get, call } = openSsm();
  put('a', 'one', { Description: 'kept' });
  assert.equal(put('a', 'two', { Overwrite: true, Type: undefined }).Version, 2);
  assert.equal(get('a').Value, 'two');
  assert.deepEqual([get('a:1').Value, get('a:1').Selector], ['one', ':1']);
  call('LabelParameterVersion', { Name: 'a', ParameterVersion: 1, Labels: ['prod', '9bad', 'aws-x'] });
  assert.equal(get('a:prod').Value, 'one');
  const moved = call('LabelParameterVersion', { Name: 'a', Labels: ['prod', '1x'] });
  assert.deepEqual(moved, { InvalidLabels: ['1x'], ParameterVersion: 2 });
  assert.equal(get('a:prod').Value, 'two');
  const history = call('GetParameterHistory', { Name: 'a' }).Parameters;
  assert.deepEqual(
    history.map((one: Answer) => [one.Version, one.Value, one.Labels, one.Description]),
    [
      [1, 'one', [], 'kept'],
      [2, 'two', ['prod'], 'kept'],
    ],
  );
  assert.deepEqual(
    call('UnlabelParameterVersion', { Name: 'a', ParameterVersion: 2, Labels: ['prod', 'x'] }),
    {
      RemovedLabels: ['prod'],
      InvalidLabels: ['x'],
    },
  );
  assert.throws(() => get('a:prod'), refused('ParameterVersionNotFound'));
  assert.throws(() => get('a:3'), refused('ParameterVersionNotFound'));
  assert.throws(() => get('b'), refused('ParameterNotFound'));
});

test('[H2] the oldest of a hundred versions goes, unless it has a label', () => {
  const { put, get, call } = openSsm();
  for (let i = 1; i <= 101; i++) put('a', `${i}`, { Overwrite: true });
  assert.throws(() => get('a:1'), refused('ParameterVersionNotFound'));
  assert.equal(get('a:2').Value, '2');
  call('LabelParameterVersion', { Name: 'a', ParameterVersion: 2, Labels: ['keep'] });
  assert.throws(
    () => put('a', 'x', { Overwrite: true }),
    refused('ParameterMaxVersionLimitExceeded', /Move the label/),
  );
  assert.equal(get('a').Version, 101);
});

test('[H3] a secret lies encrypted in the records, opens with the key, and only under its own name', async () => {
  const { put, get, records } = openSsm();
  put('/db/password', 'hunter2 is secret', { Type: 'SecureString' });
  await records.durable();
  assert.equal(get('/db/password', { WithDecryption: true }).Value, 'hunter2 is secret');
  const sealed = get('/db/password').Value;
  assert.doesNotMatch(Buffer.from(sealed, 'base64').toString('latin1'), /hunter2/);
  const [[, version]] = [...records.table<Answer>('ssm/versions').entries()] as [[string, Answer]];
  assert.ok(version.value.sealed instanceof Uint8Array);
  assert.doesNotMatch(Buffer.from(version.value.sealed).toString('latin1'), /hunter2/);
  const box = createSecretBox(KEY);
  assert.equal(box.open(version.value.sealed, '/db/password'), 'hunter2 is secret');
  assert.equal(box.open(version.value.sealed, '/db/other'), undefined);
  const other = openSsm(records.afterCrash(), Buffer.alloc(32, 8));
  assert.throws(
    () => other.get('/db/password', { WithDecryption: true }),
    refused('InvalidKeyId', /restore the key/),
  );
});

test('[H3] the key is made once, for this user only, and a damaged one is refused', () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'parameter-key');
  const key = readOrMakeKey(path);
  assert.equal(key.length, 32);
  assert.deepEqual(readOrMakeKey(path), key);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileSync(path, 'nonsense');
  assert.throws(() => readOrMakeKey(path), { code: 'KeyDamaged', message: /restore it from a copy/ });
  mkdirSync(join(folder.path, 'sub'));
  folder.remove();
});

test('[H4] what survives a restart is what was durable', async () => {
  const first = openSsm();
  first.put('/a', '1', { Tags: [{ Key: 'k', Value: 'v' }] });
  await first.records.durable();
  first.put('/b', '2');
  const second = openSsm(first.records.afterCrash());
  assert.equal(second.get('/a').Value, '1');
  assert.deepEqual(
    second.call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/a' }).TagList,
    [{ Key: 'k', Value: 'v' }],
  );
  assert.throws(() => second.get('/b'), refused('ParameterNotFound'));
});

test("[H5] names, types, values and tiers are held to AWS's limits", () => {
  const { put } = openSsm();
  for (const name of ['a b', 'a/b', '/a/', '/a//b', 'aws-x', '/aws/x', '/SSM/x', 'ä', '']) {
    assert.throws(() => put(name, 'v'), refused('ValidationException'), name);
  }
  assert.throws(() => put(`/${'a'.repeat(1_011)}`, 'v'), refused('ValidationException', /1011/));
  assert.throws(() => put('/x'.repeat(16), 'v'), refused('HierarchyLevelLimitExceededException'));
  put('/x'.repeat(15), 'v');
  assert.throws(() => put('t', 'v', { Type: undefined }), refused('ValidationException', /type is required/));
  assert.throws(() => put('t', 'v', { Type: 'Number' }), refused('UnsupportedParameterType'));
  assert.throws(() => put('t', ''), refused('ValidationException'));
  assert.throws(() => put('t', 'ä'.repeat(2_049)), refused('ValidationException', /4096 bytes, not 4098/));
  assert.equal(put('big', 'x'.repeat(8_192), { Tier: 'Intelligent-Tiering' }).Tier, 'Advanced');
  assert.throws(() => put('huge', 'x'.repeat(8_193), { Tier: 'Advanced' }), refused('ValidationException'));
  assert.throws(
    () => put('big', 'x', { Tier: 'Standard', Overwrite: true }),
    refused('ValidationException', /downgrade/),
  );
  assert.throws(() => put('t', 'see {{ssm:other}}'), refused('ValidationException', /nest/));
  put('t', 'v');
  assert.throws(
    () => put('t', 'v', { Type: 'StringList', Overwrite: true }),
    refused('HierarchyTypeMismatchException'),
  );
  assert.throws(
    () => put('p', 'abc', { AllowedPattern: '\\d+' }),
    refused('ParameterPatternMismatchException'),
  );
  assert.throws(() => put('p', 'abc', { AllowedPattern: '(' }), refused('InvalidAllowedPatternException'));
  assert.equal(put('p', '42', { AllowedPattern: '\\d+' }).Version, 1);
  assert.throws(() => put('i', 'x', { DataType: 'aws:ec2:image' }), refused('ValidationException'));
  assert.equal(put('i', 'ami-0abc', { DataType: 'aws:ec2:image' }).Version, 1);
});

test('[H6] what would be accepted and not done is refused', () => {
  const { put } = openSsm();
  assert.throws(() => put('a', 'v', { Type: 'SecureString', KeyId: 'alias/mine' }), refused('InvalidKeyId'));
  assert.throws(() => put('a', 'v', { KeyId: 'alias/aws/ssm' }), refused('ValidationException'));
  assert.throws(
    () => put('a', 'v', { Policies: '[{"Type":"Expiration"}]' }),
    refused('InvalidPolicyTypeException'),
  );
  put('a', 'v', { Type: 'SecureString', KeyId: 'alias/aws/ssm', Policies: '[]' });
  assert.throws(
    () => put('a', 'v', { Type: 'SecureString', Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }),
    refused('ValidationException', /tags and overwrite/),
  );
});

test('[H7] parameters are found by path, one level or all, page by page', () => {
  const { put, call } = openSsm();
  for (const name of ['/app/b', '/app/a', '/app/db/host', '/app/db/port', '/apple', '/other'])
    put(name, name);
  const names = (answer: Answer) => answer.Parameters.map((one: Answer) => one.Name);
  assert.deepEqual(names(call('GetParametersByPath', { Path: '/app' })), ['/app/a', '/app/b']);
  assert.deepEqual(names(call('GetParametersByPath', { Path: '/app/db/' })), [
    '/app/db/host',
    '/app/db/port',
  ]);
  const all: string[] = [];
  let token: string | undefined;
  do {
    const page: Answer = call('GetParametersByPath', {
      Path: '/app',
      Recursive: true,
      MaxResults: 3,
      NextToken: token,
    });
    all.push(...names(page));
    token = page.NextToken;
  } while (token !== undefined);
  assert.deepEqual(all, ['/app/a', '/app/b', '/app/db/host', '/app/db/port']);
  assert.deepEqual(names(call('GetParametersByPath', { Path: '/none' })), []);
  assert.throws(() => call('GetParametersByPath', { Path: 'app' }), refused('ValidationException'));
  assert.throws(
    () => call('GetParametersByPath', { Path: '/', MaxResults: 11 }),
    refused('ValidationException'),
  );
  assert.throws(
    () => call('GetParametersByPath', { Path: '/', NextToken: 'x' }),
    refused('InvalidNextToken'),
  );
});

test('[H7] many are read at once, by name, ARN and selector; what is not there is listed', () => {
  const { put, call, get } = openSsm();
  put('/a', '1');
  put('b', '2');
  const arn = get('b').ARN;
  assert.equal(arn, 'arn:aws:ssm:us-east-1:000000000000:parameter/b');
  const answer = call('GetParameters', { Names: ['/a', '/a', 'none', 'b:1', 'b:9'] });
  assert.deepEqual(
    answer.Parameters.map((one: Answer) => one.Value),
    ['1', '2'],
  );
  assert.deepEqual(answer.InvalidParameters, ['none', 'b:9']);
  assert.equal(get(arn).Value, '2');
  assert.equal(get('arn:aws:ssm:us-east-1:000000000000:parameter/a').Value, '1');
  assert.throws(
    () => call('GetParameters', { Names: Array.from({ length: 11 }, (_, i) => `${i}`) }),
    refused('ValidationException'),
  );
});

test('[H7] descriptions are filtered by name, path, type, tier and tag', () => {
  const { put, call } = openSsm();
  put('/app/a', '1', { Tags: [{ Key: 'team', Value: 'x' }] });
  put('/app/db/b', '2', { Type: 'StringList' });
  put('c', '3', { Type: 'SecureString' });
  const described = (...filters: object[]) =>
    call('DescribeParameters', { ParameterFilters: filters }).Parameters.map((one: Answer) => one.Name);
  assert.deepEqual(described(), ['/app/a', '/app/db/b', 'c']);
  assert.deepEqual(described({ Key: 'Name', Values: ['c'] }), ['c']);
  assert.deepEqual(described({ Key: 'Name', Option: 'BeginsWith', Values: ['/app'] }), [
    '/app/a',
    '/app/db/b',
  ]);
  assert.deepEqual(described({ Key: 'Name', Option: 'Contains', Values: ['db'] }), ['/app/db/b']);
  assert.deepEqual(described({ Key: 'Path', Values: ['/app'] }), ['/app/a']);
  assert.deepEqual(described({ Key: 'Path', Option: 'Recursive', Values: ['/app'] }), [
    '/app/a',
    '/app/db/b',
  ]);
  assert.deepEqual(described({ Key: 'Type', Values: ['StringList', 'SecureString'] }), ['/app/db/b', 'c']);
  assert.deepEqual(described({ Key: 'KeyId', Values: ['alias/aws/ssm'] }), ['c']);
  assert.deepEqual(described({ Key: 'tag:team', Values: ['x'] }), ['/app/a']);
  assert.deepEqual(described({ Key: 'tag:team' }, { Key: 'Type', Values: ['StringList'] }), []);
  assert.throws(() => described({ Key: 'Colour', Values: ['x'] }), refused('InvalidFilterKey'));
  assert.throws(
    () => described({ Key: 'Type', Option: 'Contains', Values: ['x'] }),
    refused('InvalidFilterOption'),
  );
  assert.throws(() => described({ Key: 'Type' }), refused('InvalidFilterValue'));
  const [metadata] = call('DescribeParameters', {}).Parameters;
  assert.equal(metadata.Value, undefined);
});

test('[H8] deleting takes all versions, labels and tags', () => {
  const { put, call, get } = openSsm();
  put('a', '1', { Tags: [{ Key: 'k', Value: 'v' }] });
  put('a', '2', { Overwrite: true });
  put('b', '1');
  assert.deepEqual(call('DeleteParameters', { Names: ['a', 'none', 'b'] }), {
    DeletedParameters: ['a', 'b'],
    InvalidParameters: ['none'],
  });
  assert.throws(() => call('DeleteParameter', { Name: 'a' }), refused('ParameterNotFound'));
  assert.equal(put('a', 'new').Version, 1);
  assert.equal(get('a').Value, 'new');
  assert.deepEqual(call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: 'a' }).TagList, []);
});

test('[H8] tags are added, replaced and removed', () => {
  const { put, call } = openSsm();
  put('a', '1');
  const resource = { ResourceType: 'Parameter', ResourceId: 'a' };
  call('AddTagsToResource', {
    ...resource,
    Tags: [
      { Key: 'x', Value: '1' },
      { Key: 'y', Value: '2' },
    ],
  });
  call('AddTagsToResource', { ...resource, Tags: [{ Key: 'x', Value: '3' }] });
  call('RemoveTagsFromResource', { ...resource, TagKeys: ['y', 'z'] });
  assert.deepEqual(call('ListTagsForResource', resource).TagList, [{ Key: 'x', Value: '3' }]);
  const tooMany = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
  assert.throws(() => call('AddTagsToResource', { ...resource, Tags: tooMany }), refused('TooManyTagsError'));
  assert.throws(
    () => call('AddTagsToResource', { ...resource, Tags: [{ Key: 'aws:x', Value: '' }] }),
    refused('ValidationException'),
  );
  assert.throws(
    () => call('ListTagsForResource', { ...resource, ResourceId: 'b' }),
    refused('InvalidResourceId'),
  );
  assert.throws(
    () => call('ListTagsForResource', { ...resource, ResourceType: 'Document' }),
    refused('InvalidResourceType'),
  );
});

test("[H9] AWS's public parameters for images give images of this cloud", () => {
  const { get, call } = openSsm();
  const name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
  assert.equal(get(name).Value, 'ami-crescendo');
  assert.equal(get(name).ARN, `arn:aws:ssm:us-east-1::parameter${name}`);
  const listed = call('GetParametersByPath', { Path: '/aws/service/ami-amazon-linux-latest' }).Parameters;
  assert.ok(listed.length === 10 && listed.every((one: Answer) => /^ami-/.test(one.Value)));
  assert.throws(() => get('/aws/service/none'), refused('ParameterNotFound'));
  assert.deepEqual(call('DescribeParameters', {}).Parameters, []);
});
