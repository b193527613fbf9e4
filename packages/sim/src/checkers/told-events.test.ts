import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation, Response } from '../store/operation.ts';
import type { Delivery } from '../store/sim-queue.ts';
import { checkTold, findUntold, type Route, type ToldHistory } from './told-events.ts';

const OK: Response = { kind: 'ok' };
const ROUTE: Route = { destination: 'q0', startMs: 0, endMs: 1 };

function put(id: number, key: string, etag: string, response: Response = OK): Operation {
  const request = { kind: 'put', bucket: 'b', key, etag, size: 5, parts: 0 } as const;
  return { id, node: 'n1', request, startMs: 10 * id, endMs: 10 * id + 5, response };
}

function removal(id: number, key: string, response: Response): Operation {
  const request = { kind: 'delete', bucket: 'b', key } as const;
  return { id, node: 'n1', request, startMs: 10 * id, endMs: 10 * id + 5, response };
}

function told(index: number, key: string, etag?: string, more: object = {}): Delivery {
  const name = etag === undefined ? 's3:ObjectRemoved:Delete' : 's3:ObjectCreated:Put';
  const written = etag === undefined ? {} : { etag, size: 5 };
  return {
    destination: 'q0',
    event: { name, ruleId: 'r', bucket: 'b', key, timeMs: 0, index, ...written, ...more },
  };
}

function history(
  operations: readonly Operation[],
  deliveries: readonly Delivery[],
  routes = [ROUTE],
): ToldHistory {
  return { bucket: 'b', operations, deliveries, routes };
}

test('[T1] an acknowledged write or removal that is not told is found', () => {
  const deleted: Response = { kind: 'deleted', existed: true };
  const operations = [
    put(1, 'k', 'e'),
    removal(2, 'k', deleted),
    removal(3, 'k', { kind: 'deleted', existed: false }),
  ];
  assert.match(findUntold(history(operations, [told(2, 'k')])) ?? '', /put #1/);
  assert.match(findUntold(history(operations, [told(1, 'k', 'e')])) ?? '', /0 of 1 removals/);
  assert.equal(findUntold(history(operations, [told(1, 'k', 'e'), told(2, 'k')])), undefined);
  assert.equal(findUntold(history([put(1, 'k', 'e', { kind: 'unknown', why: '' })], [])), undefined);
});

const REFUSED: Response = { kind: 'failed', code: 'PreconditionFailed' };
const LATER: Route = { destination: 'q1', startMs: 30, endMs: 35 };
const WRONG: readonly (readonly [rule: string, history: ToldHistory, message: RegExp])[] = [
  ['T2', history([], [told(1, 'k', 'e')]), /nobody wrote/],
  ['T2', history([put(1, 'k', 'e', REFUSED)], [told(1, 'k', 'e')]), /refused/],
  ['T2', history([put(1, 'k', 'e')], [told(1, 'k', 'e', { size: 6 })]), /6 bytes/],
  ['T2', history([put(1, 'k', 'e')], [told(1, 'k', 'e', { bucket: 'c' })]), /no rules/],
  ['T2', history([removal(1, 'k', { kind: 'deleted', existed: false })], [told(1, 'k')]), /at most 0/],
  ['T3', history([put(1, 'k', 'e')], [told(1, 'k', 'e'), told(2, 'k', 'e')]), /as write 1 and as write 2/],
  [
    'T4',
    history([put(1, 'k', 'e'), put(2, 'k', 'f')], [told(2, 'k', 'f'), told(1, 'k', 'e')]),
    /told first after/,
  ],
  [
    'T5',
    history([put(1, 'k', 'e'), put(2, 'k', 'f')], [told(3, 'k', 'f'), told(4, 'k', 'e')]),
    /earlier than/,
  ],
  ['T6', history([put(4, 'k', 'e')], [told(1, 'k', 'e')], [ROUTE, LATER]), /q1 was in force/],
  [
    'T6',
    history([put(1, 'k', 'e')], [{ ...told(1, 'k', 'e'), destination: 'q1' }], [ROUTE, LATER]),
    /went to q1/,
  ],
];

for (const [rule, wrong, message] of WRONG) {
  test(`[${rule}] a queue that was told something wrong is found: ${message.source}`, () => {
    assert.match(checkTold(wrong).join('\n'), message);
  });
}

test('[T4] whatever is told again is no reason for complaint', () => {
  const operations = [put(1, 'k', 'e'), put(2, 'k', 'f')];
  const [first, second] = [told(1, 'k', 'e'), told(2, 'k', 'f')];
  assert.deepEqual(checkTold(history(operations, [first, second, first, second, second])), []);
});
