import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { Failure, seededRandom } from '@crescendo/base';
import type { Network, Reply } from '../ports/network.ts';
import { StoreFront } from './store-front.ts';

const STATE = {
  version: 1,
  clusterId: 'c',
  partitionCount: 64,
  members: [{ id: 'n1', address: 'a:1', state: 'up' }],
  partitions: Array.from({ length: 64 }, () => ({ founders: ['n1'] })),
  target: { system: ['n1'] },
};

/** A front whose only node is silent for so many attempts; timers fire at once and time passes with them. */
function frontOf(silentAttempts: number) {
  let nowMs = 0;
  const asked: string[] = [];
  const answer = async (method: string, params: unknown): Promise<Reply> => {
    if (method === 'system.state') {
      if (asked.push(method) <= silentAttempts) throw new Failure('Unreachable', 'no', { retryable: true });
      return { result: STATE, body: new Uint8Array() };
    }
    const { groups } = params as { readonly groups: readonly string[] };
    asked.push(`${method} ${groups.join()}`);
    const result = { ok: true, generation: 1, name: 'b', createdMs: 5 };
    return { result: [{ type: 'result', result }], body: new Uint8Array() };
  };
  const network = {
    request: (_to: string, method: string, params: unknown) => answer(method, params),
    requestAt: (_at: string, method: string, params: unknown) => answer(method, params),
    onRequest: () => {},
    onDisconnect: () => {},
    onMessage: () => {},
    setAddress: () => {},
    send: () => {},
  } satisfies Network;
  const clock = {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    setTimer: (delayMs: number, fire: () => void) => {
      let cancelled = false;
      if (delayMs < 1_000)
        setImmediate(() => {
          nowMs += delayMs;
          if (!cancelled) fire();
        });
      const cancel = (): void => {
        cancelled = true;
      };
      return { cancel };
    },
  };
  const front = new StoreFront(
    { clock, random: seededRandom(1), network, sha1: (bytes) => hash('sha1', bytes, 'buffer') },
    { contacts: () => ['a:1'], deadlineMs: 2_000 },
  );
  return { front, asked };
}

test('[H20] a front that knows no node yet waits, and asks no partition by a guess', async () => {
  const { front, asked } = frontOf(5);
  await front.store.headBucket('a-bucket').catch(() => {});
  const first = asked.find((one) => one !== 'system.state');
  assert.notEqual(first, undefined);
  assert.notEqual(first, 'group.query 0');
  front.stop();
});

test('[H20] a front that finds no node says that it is unavailable, never that something is not there', async () => {
  const { front } = frontOf(Number.POSITIVE_INFINITY);
  await assert.rejects(front.store.headBucket('a-bucket'), { code: 'Unavailable', retryable: true });
  await assert.rejects(front.store.listBuckets(), { code: 'Unavailable' });
  front.stop();
});
