import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, seededRandom } from '@crescendo/base';
import type { KvReader } from '../ports/state-store.ts';
import { everything, MemoryKv } from './memory-kv.ts';

type Model = Map<string, { key: Uint8Array; value: Uint8Array }>;

function sorted(model: Model): { key: Uint8Array; value: Uint8Array }[] {
  return [...model.values()].sort((a, b) => compareBytes(a.key, b.key));
}

function assertSame(kv: KvReader, model: Model): void {
  const pairs = everything(kv).map(({ key, value }) => `${key.join()}=${value.join()}`);
  assert.deepEqual(
    pairs,
    sorted(model).map(({ key, value }) => `${key.join()}=${value.join()}`),
  );
}

for (const seed of [1, 2, 3]) {
  test(`[K1-K4] random writes, ranges, snapshots and restores agree with a plain map, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const kv = new MemoryKv();
    let model: Model = new Map();
    let frozen = { snapshot: kv.snapshot(), model: new Map(model) };
    const someKey = (): Uint8Array => random.bytes(1 + random.int(2)).map((byte) => byte % (seed * 20));
    for (let step = 0; step < 20_000; step++) {
      const key = someKey();
      const growing = Math.floor(step / 4_000) % 2 === 0;
      if (random.chance(growing ? 0.7 : 0.2)) {
        const value = random.bytes(random.int(4));
        kv.put(key, value);
        model.set(key.join(), { key, value });
      } else {
        kv.remove(key);
        model.delete(key.join());
      }
      if (random.chance(0.01)) {
        const [low, high] = [someKey(), someKey()].sort(compareBytes) as [Uint8Array, Uint8Array];
        const reverse = random.chance(0.5);
        const limit = random.int(50);
        const found = [...kv.range({ start: low, end: high, reverse, limit })].map((pair) => pair.key.join());
        const inside = sorted(model).filter(
          (p) => compareBytes(p.key, low) >= 0 && compareBytes(p.key, high) < 0,
        );
        if (reverse) inside.reverse();
        assert.deepEqual(
          found,
          inside.slice(0, limit).map((p) => p.key.join()),
        );
      }
      if (step % 1_000 === 0) {
        assertSame(frozen.snapshot, frozen.model);
        if (random.chance(0.3)) {
          kv.restore(frozen.snapshot);
          model = new Map(frozen.model);
        }
        frozen = { snapshot: kv.snapshot(), model: new Map(model) };
        assertSame(kv, model);
        assert.equal(kv.count, model.size);
        assert.equal(
          kv.bytes,
          sorted(model).reduce((sum, p) => sum + p.key.length + p.value.length, 0),
        );
      }
    }
    kv.clear();
    assert.equal(everything(kv).length, 0);
    assertSame(frozen.snapshot, frozen.model);
  });
}

test("[K4] what was put does not change with the caller's buffer", () => {
  const kv = new MemoryKv();
  const buffer = Uint8Array.of(1, 2, 3);
  kv.put(buffer, buffer);
  buffer.fill(9);
  assert.deepEqual([...kv.get(Uint8Array.of(1, 2, 3))!], [1, 2, 3]);
});

test('a range that is read on after a write throws', () => {
  const kv = new MemoryKv();
  for (let i = 0; i < 10; i++) kv.put(Uint8Array.of(i), Uint8Array.of(i));
  assert.throws(() => {
    for (const { key } of kv.range({ start: Uint8Array.of(), end: Uint8Array.of(255) }))
      kv.remove(key.slice());
  }, /read on after a write/);
});
