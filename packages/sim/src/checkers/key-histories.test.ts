import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation, Request, Response } from '../store/operation.ts';
import { bucketHistories, type Histories, keyHistories } from './key-histories.ts';
import { checkLinearizability } from './linearizability.ts';

let clock = 0;

/** One after the other, ten milliseconds each. */
function operations(...steps: readonly (readonly [Request, Response])[]): Operation[] {
  return steps.map(([request, response]) => {
    clock += 20;
    return { id: clock, node: 'n1', request, startMs: clock, endMs: clock + 10, response };
  });
}

function verdicts(histories: Histories): Record<string, string> {
  return Object.fromEntries(
    [...histories].map(([name, history]) => [name, checkLinearizability(history).verdict]),
  );
}

const put = (key: string, etag: string, response: Response = { kind: 'ok' }): [Request, Response] => [
  { kind: 'put', bucket: 'b', key, etag, size: 1, parts: 0 },
  response,
];
const remove = (key: string, existed: boolean): [Request, Response] => [
  { kind: 'delete', bucket: 'b', key },
  { kind: 'deleted', existed },
];
const list = (objects: Record<string, string>, last?: string): [Request, Response] => [
  { kind: 'list', bucket: 'b', prefix: '', limit: 10 },
  { kind: 'page', objects: Object.entries(objects).map(([key, etag]) => ({ key, etag })), last },
];
const dropBucket = (response: Response): [Request, Response] => [
  { kind: 'deleteBucket', bucket: 'b' },
  response,
];
const makeBucket = (outcome: 'created' | 'exists'): [Request, Response] => [
  { kind: 'createBucket', bucket: 'b' },
  { kind: 'bucket', outcome },
];

test('[K2] a listing that shows what stands is explained', () => {
  const history = operations(
    put('x', 'e1'),
    put('y', 'e2'),
    list({ x: 'e1', y: 'e2' }),
    remove('x', true),
    list({ y: 'e2' }),
  );
  assert.deepEqual(verdicts(keyHistories(history)), { 'b/x': 'linearizable', 'b/y': 'linearizable' });
});

test('[K2] a listing that omits, keeps or invents a key is refused', () => {
  assert.equal(verdicts(keyHistories(operations(put('x', 'e1'), list({}))))['b/x'], 'violated');
  const kept = operations(put('x', 'e1'), remove('x', true), list({ x: 'e1' }));
  assert.equal(verdicts(keyHistories(kept))['b/x'], 'violated');
  assert.equal(
    verdicts(keyHistories(operations(put('x', 'e1'), list({ x: 'e1', z: 'e9' }))))['b/z'],
    'violated',
  );
  assert.equal(verdicts(keyHistories(operations(put('x', 'e1'), list({ x: 'e0' }))))['b/x'], 'violated');
});

test('[K2] a page speaks of the keys up to its last one only', () => {
  const history = operations(put('x', 'e1'), put('y', 'e2'), list({ x: 'e1' }, 'x'));
  assert.deepEqual(verdicts(keyHistories(history)), { 'b/x': 'linearizable', 'b/y': 'linearizable' });
});

test('[K1] a bucket that was deleted with an object in it is refused', () => {
  const good = operations(put('x', 'e1'), remove('x', true), dropBucket({ kind: 'ok' }));
  assert.equal(verdicts(keyHistories(good))['b/x'], 'linearizable');
  const bad = operations(put('x', 'e1'), dropBucket({ kind: 'ok' }));
  assert.equal(verdicts(keyHistories(bad))['b/x'], 'violated');
});

test('[K1] buckets come and go like registers', () => {
  const good = operations(
    makeBucket('created'),
    makeBucket('exists'),
    dropBucket({ kind: 'failed', code: 'BucketNotEmpty' }),
    dropBucket({ kind: 'ok' }),
    put('x', 'e1', { kind: 'failed', code: 'NoSuchBucket' }),
    makeBucket('created'),
  );
  assert.equal(verdicts(bucketHistories(good))['b'], 'linearizable');
  const twice = operations(makeBucket('created'), makeBucket('created'));
  assert.equal(verdicts(bucketHistories(twice))['b'], 'violated');
  const ghost = operations(makeBucket('created'), dropBucket({ kind: 'ok' }), put('x', 'e1'));
  assert.equal(verdicts(bucketHistories(ghost))['b'], 'violated');
});

test('[K3] deletions of a bucket that overlap may both say that they did it, others not', () => {
  const [made, first, second] = operations(
    makeBucket('created'),
    dropBucket({ kind: 'ok' }),
    dropBucket({ kind: 'ok' }),
  );
  const together = [made!, first!, { ...second!, startMs: first!.startMs, endMs: first!.endMs }];
  assert.equal(verdicts(bucketHistories(together))['b'], 'linearizable');
  assert.equal(verdicts(bucketHistories([made!, first!, second!]))['b'], 'violated');
});
