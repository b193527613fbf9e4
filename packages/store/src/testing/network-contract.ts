import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, Failure, fromUtf8, utf8 } from '@crescendo/base';
import type { Network, NodeId, PeerAddress } from '../ports/network.ts';
import { chunkBytes } from './chunk-store-contract.ts';

/** One node of a network under test. */
export interface NetworkNode {
  readonly nodeId: NodeId;
  readonly address: PeerAddress;
  readonly network: Network;
  /** The node is gone: nobody answers at its address. */
  stop(): Promise<void>;
}

/** Two nodes that know each other's addresses, and a third one whose address nobody was told. */
export interface NetworkHarness {
  readonly a: NetworkNode;
  readonly b: NetworkNode;
  readonly stranger: NetworkNode;
  dispose(): Promise<void>;
}

const OPTIONS = { timeoutMs: 5000 };

/** Registers the tests that every `Network` passes. */
export function testNetwork(name: string, open: () => Promise<NetworkHarness>): void {
  const rule = (title: string, body: (harness: NetworkHarness) => Promise<void>): void => {
    test(`${title} (${name})`, async () => {
      const harness = await open();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };

  rule('[PN1] a request reaches its handler, and the reply comes back', async ({ a, b }) => {
    b.network.onRequest('greet', async (from, params, body) => ({
      result: { from, params, length: body.length },
      body: utf8(`hello ${fromUtf8(body)}`),
    }));
    const params = {
      text: 'ü',
      list: [1, null, true],
      bytes: Uint8Array.of(0, 255),
      big: 2 ** 45,
      negative: -1.5,
    };
    const reply = await a.network.request(b.nodeId, 'greet', params, { ...OPTIONS, body: utf8('a') });
    assert.equal(fromUtf8(reply.body), 'hello a');
    const result = reply.result as { from: string; params: typeof params; length: number };
    assert.deepEqual(
      { ...result, params: { ...result.params, bytes: [...result.params.bytes] } },
      {
        from: a.nodeId,
        params: { ...params, bytes: [0, 255] },
        length: 1,
      },
    );
  });

  rule('[PN1] many requests at once each get their own reply', async ({ a, b }) => {
    b.network.onRequest('square', async (_from, params) => {
      if ((params as number) % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      return { result: (params as number) ** 2 };
    });
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    const replies = await Promise.all(numbers.map((i) => a.network.request(b.nodeId, 'square', i, OPTIONS)));
    assert.deepEqual(
      replies.map(({ result }) => result),
      numbers.map((i) => i ** 2),
    );
    assert.equal(replies[0]!.body.length, 0);
  });

  rule("[PN2] a handler's failure arrives with code, message and retryable", async ({ a, b }) => {
    b.network.onRequest('fail', async (_from, params) => {
      throw new Failure('NoRoom', 'there is no room', { retryable: params === true });
    });
    for (const retryable of [true, false]) {
      const expected = { code: 'NoRoom', message: 'there is no room', retryable };
      await assert.rejects(a.network.request(b.nodeId, 'fail', retryable, OPTIONS), expected);
    }
  });

  rule('[PN3] what can not be answered fails with the code that says why', async ({ a, b }) => {
    b.network.onRequest('silent', () => new Promise(() => undefined));
    await assert.rejects(a.network.request(b.nodeId, 'nothing', null, OPTIONS), { code: 'UnknownMethod' });
    await assert.rejects(a.network.request(b.nodeId, 'silent', null, { timeoutMs: 30 }), { code: 'Timeout' });
    await assert.rejects(a.network.request('f'.repeat(32), 'x', null, OPTIONS), {
      code: 'Unreachable',
      retryable: true,
    });
    const gone = new Promise((resolve) => a.network.onDisconnect(resolve));
    await b.stop();
    // Before the break is noticed a request may already be on its way, and end in `Timeout`.
    await gone;
    await assert.rejects(a.network.requestAt(b.address, 'x', null, OPTIONS), {
      code: 'Unreachable',
      retryable: true,
    });
  });

  rule('[PN4] messages reach the handlers of their channel, in order', async ({ a, b }) => {
    const seen: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      b.network.onMessage('numbers', (from, message) => {
        seen.push(message);
        assert.equal(from, a.nodeId);
        if (seen.length === 500) resolve();
      });
    });
    b.network.onMessage('other', () => assert.fail('the wrong channel'));
    for (let i = 0; i < 500; i++) a.network.send(b.nodeId, 'numbers', { i });
    a.network.send(b.nodeId, 'unheard', 1);
    a.network.send('f'.repeat(32), 'numbers', 1);
    await all;
    assert.deepEqual(
      seen,
      Array.from({ length: 500 }, (_, i) => ({ i })),
    );
  });

  rule('[PN5] requestAt reaches a node by its address alone', async ({ a, stranger }) => {
    stranger.network.onRequest('who', async (from) => ({ result: [stranger.nodeId, from] }));
    const { result } = await a.network.requestAt(stranger.address, 'who', null, OPTIONS);
    assert.deepEqual(result, [stranger.nodeId, a.nodeId]);
  });

  rule(
    '[PN6] the newest word about an address wins, and nobody is taken for somebody else',
    async ({ a, b, stranger }) => {
      b.network.onRequest('who', async () => ({ result: 'b' }));
      stranger.network.onRequest('who', async () => ({ result: 'stranger' }));
      assert.equal((await a.network.request(b.nodeId, 'who', null, OPTIONS)).result, 'b');
      a.network.setAddress(stranger.nodeId, stranger.address);
      assert.equal((await a.network.request(stranger.nodeId, 'who', null, OPTIONS)).result, 'stranger');
      a.network.setAddress(b.nodeId, stranger.address);
      await assert.rejects(a.network.request(b.nodeId, 'who', null, OPTIONS), { code: 'Unreachable' });
      a.network.setAddress(b.nodeId, b.address);
      assert.equal((await a.network.request(b.nodeId, 'who', null, OPTIONS)).result, 'b');
    },
  );

  rule('[PN7] bodies of any size arrive as they were sent, both ways at once', async ({ a, b }) => {
    const reverse = async (_from: string, _params: unknown, body: Uint8Array) => ({
      result: null,
      body: body.toReversed(),
    });
    a.network.onRequest('reverse', reverse);
    b.network.onRequest('reverse', reverse);
    const sizes = [0, 1, 100, 16_384, 65_535, 65_536, 65_537, 300_000, 4 * 2 ** 20];
    const calls = sizes.flatMap((size) =>
      [
        [a, b],
        [b, a],
      ].map(async ([from, to]) => {
        const body = chunkBytes(size);
        const reply = await from!.network.request(to!.nodeId, 'reverse', { size }, { ...OPTIONS, body });
        assert.equal(compareBytes(reply.body, body.toReversed()), 0, `${size} bytes`);
      }),
    );
    await Promise.all(calls);
  });

  rule('[PN9] memory of a body is used again as soon as the network lets go of it', async ({ a, b }) => {
    const held: (() => void)[] = [];
    b.network.onRequest(
      'sum',
      async (_from, params, body, loan) => {
        const { hold } = params as { hold: boolean };
        const sum = (): number => body.reduce((total, byte) => (total * 31 + byte) >>> 0, 7);
        const before = sum();
        const release = loan.hold();
        // Other bodies come in meanwhile.
        await b.network.requestAt(a.address, 'pause', hold, OPTIONS);
        if (hold) held.push(release);
        else release();
        return { result: before === sum() ? before : 'overwritten' };
      },
      { lent: true },
    );
    a.network.onRequest('pause', async () => ({ result: null }));
    const sumOf = (bytes: Uint8Array): number => bytes.reduce((total, byte) => (total * 31 + byte) >>> 0, 7);
    let told = 0;
    const send = async (memory: Uint8Array, i: number): Promise<Uint8Array> => {
      memory.set(chunkBytes(memory.length, i));
      const expected = sumOf(memory);
      const left = Promise.withResolvers<void>();
      const reply = a.network.request(
        b.nodeId,
        'sum',
        { hold: i % 3 === 0 },
        { ...OPTIONS, body: memory, left: () => left.resolve() },
      );
      await left.promise;
      told++;
      memory.fill(0);
      assert.equal((await reply).result, expected, `body ${i}`);
      return memory;
    };
    const workers = [40_000, 100_000, 300_000, 1_000_000].map(async (size) => {
      let memory: Uint8Array = new Uint8Array(size);
      for (let i = 0; i < 8; i++) memory = await send(memory, i);
    });
    await Promise.all(workers);
    for (const release of held) release();
    assert.equal(told, 32);
  });

  rule('[PN9] a lent body is whole while its handler works, and while it is held', async ({ a, b }) => {
    const size = 1_000_000;
    const arrived = Promise.withResolvers<void>();
    let held: { readonly body: Uint8Array; release(): void } | undefined;
    const lent = { lent: true };
    const keep = async (_from: string, _params: unknown, body: Uint8Array) => {
      await arrived.promise;
      return { result: compareBytes(body, chunkBytes(size, 1)) };
    };
    b.network.onRequest('keep', keep, lent);
    b.network.onRequest(
      'hold',
      async (_from, _params, body, loan) => {
        held = { body, release: loan.hold() };
        return { result: null };
      },
      lent,
    );
    const pass = async () => ({ result: null });
    b.network.onRequest('pass', pass, lent);
    const send = (method: string, seed: number) =>
      a.network.request(b.nodeId, method, null, { ...OPTIONS, body: chunkBytes(size, seed) });
    const kept = send('keep', 1);
    await send('hold', 2);
    for (const seed of [3, 4, 5]) await send('pass', seed);
    arrived.resolve();
    assert.equal((await kept).result, 0);
    assert.equal(compareBytes(held!.body, chunkBytes(size, 2)), 0);
    held!.release();
  });

  rule('[PN9] whoever lends a body hears of it when the request fails too', async ({ a, b, stranger }) => {
    const outcomes: string[] = [];
    const body = new Uint8Array(100_000);
    const attempt = async (what: string, to: string): Promise<void> => {
      const left = Promise.withResolvers<void>();
      const options = { timeoutMs: 300, body, left: () => left.resolve() };
      const failed = await a.network
        .request(to, 'nothing', null, options)
        .catch((cause: Failure) => cause.code);
      await left.promise;
      outcomes.push(`${what}: ${failed}`);
    };
    await attempt('unknown method', b.nodeId);
    await attempt('unknown address', stranger.nodeId);
    await b.stop();
    await attempt('gone', b.nodeId);
    assert.deepEqual(outcomes.slice(0, 2), ['unknown method: UnknownMethod', 'unknown address: Unreachable']);
    assert.match(outcomes[2]!, /gone: (Unreachable|Timeout)/);
  });

  rule('[PN8] a peer that goes away is noticed', async ({ a, b }) => {
    const gone = new Promise<string>((resolve) => a.network.onDisconnect(resolve));
    b.network.onRequest('x', async () => ({ result: 1 }));
    await a.network.request(b.nodeId, 'x', null, OPTIONS);
    await b.stop();
    assert.equal(await gone, b.nodeId);
  });
}
