import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { sendSigned } from '../../wire/testing/signed-request.ts';
import { DynamoDbBench } from './testing/dynamodb-bench.ts';
import { tableOf } from './testing/tables.ts';

let bench: DynamoDbBench;
const TableName = 'items';

before(async () => {
  bench = await DynamoDbBench.open();
  await bench.client.send(new CreateTableCommand(tableOf(TableName, 'id:S')));
  await bench.client.send(new CreateTableCommand(tableOf('pairs', 'id:S at:N')));
});

after(() => bench.close());

const put = (Item: Record<string, unknown>, more: object = {}) =>
  bench.documents.send(new PutCommand({ TableName, Item, ...more }));
const get = async (id: string, more: object = {}) =>
  (await bench.documents.send(new GetCommand({ TableName, Key: { id }, ...more }))).Item;
const update = (id: string, UpdateExpression: string, values: object = {}, more: object = {}) =>
  bench.documents.send(
    new UpdateCommand({
      TableName,
      Key: { id },
      UpdateExpression,
      ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: { ...values } }),
      ...more,
    }),
  );

test('[Y6] an item of every type comes back as it was put, to the bit', async () => {
  const item = {
    id: 'types',
    text: 'Füße 🦶 \u0000',
    number: -12.5,
    bytes: Uint8Array.from([0, 1, 255]),
    yes: true,
    nothing: null,
    list: [1, 'two', [3], { four: 4 }],
    map: { B: 'no bytes', BS: ['a'], inner: { deep: [Uint8Array.from([7])] } },
    words: new Set(['a', 'b']),
    numbers: new Set([1, 2]),
    blobs: new Set([Uint8Array.from([1]), Uint8Array.from([2])]),
    empty: '',
  };
  await put(item);
  assert.deepEqual(await get('types'), item);
  assert.equal(await get('nobody'), undefined);
  const large = { id: { S: 'large' }, n: { N: '1.2345678901234567890123456789012345678E+100' } };
  await bench.client.send(new PutItemCommand({ TableName, Item: large }));
  const { Item } = await bench.client.send(new GetItemCommand({ TableName, Key: { id: { S: 'large' } } }));
  assert.equal(Item?.['n']?.N, `12345678901234567890123456789012345678${'0'.repeat(63)}`);
});

test('[Y6] a projection gives the parts that are asked for, and only those', async () => {
  await put({ id: 'parts', a: { b: [10, 20, 30], c: 1 }, d: 2, e: 3 });
  const ExpressionAttributeNames = { '#a': 'a' };
  assert.deepEqual(
    await get('parts', { ProjectionExpression: '#a.b[2], #a.b[0], d, absent.x', ExpressionAttributeNames }),
    { a: { b: [10, 30] }, d: 2 },
  );
});

test('[Y7] an item may have 400 KB and not a byte more, names included', async () => {
  const limit = 400 * 1024;
  const text = 'x'.repeat(limit - 'idfull'.length - 'v'.length);
  await put({ id: 'full', v: text });
  assert.equal((await get('full'))?.['v'].length, text.length);
  await assert.rejects(put({ id: 'full', v: `${text}y` }), /Item size has exceeded the maximum allowed size/);
  await assert.rejects(update('full', 'SET w = :w', { ':w': 1 }), /Item size to update has exceeded/);
  // In bytes, not in characters.
  await assert.rejects(put({ id: 'full', v: `é${text.slice(1)}` }), /Item size has exceeded/);
});

test('[Y7] what is nested too deeply is refused, however deep it is, and so is the one name that would be lost', async () => {
  const nested = (levels: number): unknown[] => (levels === 0 ? [] : [nested(levels - 1)]);
  await put({ id: 'deep', v: nested(31) });
  await assert.rejects(put({ id: 'deep', v: nested(33) }), /Nesting Levels have exceeded supported limits/);
  for (const levels of [150, 1_000, 20_000]) {
    const value = '{"L":['.repeat(levels) + ']}'.repeat(levels);
    const answer = await sendPut(`{"TableName":"items","Item":{"id":{"S":"deep"},"v":${value}}}`);
    assert.equal(answer.status, 400, answer.text);
  }
  const lost = await sendPut('{"TableName":"items","Item":{"id":{"S":"lost"},"__proto__":{"S":"x"}}}');
  assert.match(lost.text, /SerializationException.*must not have the key/);
});

const sendPut = (body: string) =>
  sendSigned(bench.wire, {
    service: 'dynamodb',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
    },
    body,
  });

test('[Y8] updates set, add, remove and delete, in maps and lists too, by values of before', async () => {
  await put({ id: 'u', n: 1, list: [0, 1, 2, 3, 4], map: { a: 1 }, words: new Set(['a', 'b']) });
  const values = { ':one': 1, ':more': ['x'], ':set': new Set(['b', 'c']), ':gone': new Set(['a']) };
  const { Attributes } = await update(
    'u',
    'SET n = n + :one, m = n, #map.b = if_not_exists(#map.b, :one), #list[9] = :one, extra = list_append(:more, :more) REMOVE #list[1], #list[3] ADD hits :one',
    { ':one': values[':one'], ':more': values[':more'] },
    { ReturnValues: 'ALL_NEW', ExpressionAttributeNames: { '#map': 'map', '#list': 'list' } },
  );
  assert.deepEqual(Attributes, {
    id: 'u',
    n: 2,
    m: 1,
    list: [0, 2, 4, 1],
    map: { a: 1, b: 1 },
    words: new Set(['a', 'b']),
    extra: ['x', 'x'],
    hits: 1,
  });
  await update('u', 'ADD words :set', { ':set': values[':set'] });
  const taken = await update(
    'u',
    'DELETE words :gone',
    { ':gone': values[':gone'] },
    { ReturnValues: 'UPDATED_NEW' },
  );
  assert.deepEqual(taken.Attributes, { words: new Set(['b', 'c']) });
  const all = await update(
    'u',
    'DELETE words :all',
    { ':all': new Set(['b', 'c']) },
    { ReturnValues: 'UPDATED_OLD' },
  );
  assert.deepEqual(all.Attributes, { words: new Set(['b', 'c']) });
  assert.equal((await get('u'))?.['words'], undefined);
});

test('[Y8] an update that can not be is refused, and changes nothing', async () => {
  await put({ id: 'v', n: 1, s: 'text' });
  await assert.rejects(
    update('v', 'SET id = :x', { ':x': 'w' }),
    /Cannot update attribute id. This attribute is part of the key/,
  );
  await assert.rejects(update('v', 'SET n = s + :x', { ':x': 1 }), /incorrect data type/);
  await assert.rejects(
    update('v', 'SET a.b = :x', { ':x': 1 }),
    /document path provided in the update expression is invalid/,
  );
  await assert.rejects(update('v', 'SET n = absent', {}), /refers to an attribute that does not exist/);
  await assert.rejects(update('v', 'SET n = :x, n = :x', { ':x': 1 }), /Two document paths overlap/);
  await assert.rejects(update('v', 'SET n = :x', { ':x': 1, ':y': 2 }), /unused in expressions: keys: {:y}/);
  await assert.rejects(update('v', 'SET size = :x', { ':x': 1 }), /reserved keyword: size/);
  await assert.rejects(update('v', 'SET n = = :x', { ':x': 1 }), /Syntax error/);
  const most = '9'.repeat(38);
  await bench.client.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'v' } },
      UpdateExpression: 'SET n = :m',
      ExpressionAttributeValues: { ':m': { N: most } },
    }),
  );
  await assert.rejects(update('v', 'ADD n :half', { ':half': 0.5 }), /more than 38 significant digits/);
  const { Item } = await bench.client.send(new GetItemCommand({ TableName, Key: { id: { S: 'v' } } }));
  assert.deepEqual(Item, { id: { S: 'v' }, n: { N: most }, s: { S: 'text' } });
});

const CONDITIONS: readonly (readonly [condition: string, holds: boolean])[] = [
  ['n = :two', true],
  ['n <> :two', false],
  ['absent <> :two', true],
  ['n < :ten AND NOT n > :ten', true],
  ['n BETWEEN :two AND :ten', true],
  ['n IN (:ten, :two)', true],
  ['s < :two', false],
  ['attribute_exists(m.a) AND attribute_not_exists(m.b)', true],
  ['attribute_type(m, :mapType)', true],
  ['begins_with(s, :te)', true],
  ['contains(s, :te) AND contains(words, :te) AND contains(l, :two)', true],
  ['size(s) = :four', true],
  ['size(l) > :ten OR m = :map', true],
  ['l[1] = :te', true],
  ['words = :sameWords', true],
];

test('[Y9] conditions of every kind hold or do not', async () => {
  await put({ id: 'c', n: 2, s: 'test', m: { a: [1] }, words: new Set(['te', 'x']), l: [2, 'te'] });
  const values: Record<string, unknown> = {
    ...{ ':two': 2, ':ten': 10, ':four': 4, ':te': 'te', ':mapType': 'M', ':map': { a: [1] } },
    ':sameWords': new Set(['x', 'te']),
  };
  for (const [condition, holds] of CONDITIONS) {
    const used = Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(condition));
    const tried = bench.documents.send(
      new UpdateCommand({
        TableName,
        Key: { id: 'c' },
        ConditionExpression: condition,
        ...(used.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(used) }),
      }),
    );
    if (holds) await assert.doesNotReject(tried, condition);
    else await assert.rejects(tried, ConditionalCheckFailedException, condition);
  }
});

test('[Y9] a write whose condition fails changes nothing, and gives the item when it is asked to', async () => {
  await put({ id: 'kept', n: 1 });
  const condition = {
    ConditionExpression: 'attribute_not_exists(id)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
  await assert.rejects(put({ id: 'kept', n: 2 }, condition), (error) => {
    assert.ok(error instanceof ConditionalCheckFailedException);
    assert.equal(error.message, 'The conditional request failed');
    assert.deepEqual(error.Item, { id: { S: 'kept' }, n: { N: '1' } });
    return true;
  });
  await assert.rejects(
    bench.documents.send(
      new DeleteCommand({
        TableName,
        Key: { id: 'kept' },
        ConditionExpression: 'n = :n',
        ExpressionAttributeValues: { ':n': 2 },
      }),
    ),
    ConditionalCheckFailedException,
  );
  assert.deepEqual(await get('kept'), { id: 'kept', n: 1 });
});

test('[Y9] of many who write only once, one does; of many who count, none is lost', async () => {
  const tries = Array.from({ length: 40 }, (_, n) =>
    put({ id: 'once', n }, { ConditionExpression: 'attribute_not_exists(id)' }).then(
      () => n,
      () => undefined,
    ),
  );
  const winners = (await Promise.all(tries)).filter((n) => n !== undefined);
  assert.equal(winners.length, 1);
  assert.deepEqual(await get('once'), { id: 'once', n: winners[0] });
  await Promise.all(Array.from({ length: 60 }, () => update('counter', 'ADD n :one', { ':one': 1 })));
  assert.deepEqual(await get('counter'), { id: 'counter', n: 60 });
});

test('[Y10] a key must be what the table says', async () => {
  const refused = (Item: Record<string, unknown>, message: RegExp) =>
    assert.rejects(bench.documents.send(new PutCommand({ TableName: 'pairs', Item })), message);
  await refused({ id: 'a' }, /Missing the key at in the item/);
  await refused({ id: 'a', at: 'x' }, /Type mismatch for key at expected: N actual: S/);
  await refused({ id: '', at: 1 }, /cannot contain an empty string value. Key: id/);
  await refused({ id: 'x'.repeat(2049), at: 1 }, /hashkey has exceeded/);
  const wrong = (Key: Record<string, unknown>) =>
    assert.rejects(
      bench.documents.send(new GetCommand({ TableName: 'pairs', Key })),
      /The provided key element does not match the schema/,
    );
  await wrong({ id: 'a' });
  await wrong({ id: 'a', at: '1' });
  await wrong({ id: 'a', at: 1, more: 1 });
  await assert.rejects(get('a', { TableName: 'nowhere' }), { name: 'ResourceNotFoundException' });
});
