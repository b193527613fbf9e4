import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import { eventually } from './testing/wait.ts';

const STRETCH_MS = 4_000;
const COUNTERS = ['agreement_heartbeats_sent', 'agreement_messages_sent', 'greetings_sent', 'ring_messages'];

interface Sample {
  readonly atMs: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** The counters of all nodes together. */
async function sample(cluster: TestCluster): Promise<Sample> {
  const texts = await Promise.all(
    cluster.nodes.map(async ({ addresses }) => (await fetch(`http://${addresses.admin}/metrics`)).text()),
  );
  const sum = (name: string): number =>
    texts.reduce((total, text) => {
      const value = new RegExp(`^crescendo_${name}_total(?:\\{.*\\})? (\\d+)`, 'm').exec(text)?.[1];
      assert.ok(value !== undefined, `${name} is in the metrics`);
      return total + Number(value);
    }, 0);
  return { atMs: performance.now(), sums: Object.fromEntries(COUNTERS.map((name) => [name, sum(name)])) };
}

function rates(from: Sample, to: Sample): Record<string, number> {
  const seconds = (to.atMs - from.atMs) / 1_000;
  return Object.fromEntries(COUNTERS.map((name) => [name, (to.sums[name]! - from.sums[name]!) / seconds]));
}

test('groups that nobody uses sleep: an idle cluster beats once a while, and its ring and greetings are bounded', async (t) => {
  await withCluster({ nodes: 3, partitions: 64 }, async (cluster) => {
    await cluster.client(cluster.nodes[0]!).createBucket('idle');
    await cluster.whole(3);
    const samples: Sample[] = [];
    // 64 groups that are awake beat some 850 times a second.
    const calm = await eventually('a stretch without heart-beats', 60_000, async () => {
      const now = await sample(cluster);
      samples.push(now);
      const before = samples.findLast(({ atMs }) => now.atMs - atMs >= STRETCH_MS);
      const measured = before && rates(before, now);
      return measured !== undefined && measured['agreement_heartbeats_sent']! < 5 && measured;
    });
    t.diagnostic(`a second, all nodes: ${JSON.stringify(calm)}`);
    assert.ok(calm['ring_messages']! < 40, 'counted where they are sent and where they are received');
    assert.ok(calm['greetings_sent']! < 40);
    assert.ok(calm['agreement_messages_sent']! < 40);
  });
});
