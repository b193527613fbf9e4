import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from '../instance-provider.ts';
import { openProcessWorld } from '../testing/process-world.ts';

test('[I8] where instances share one address each has a metadata port of its own', async (t) => {
  const { provider, close } = await openProcessWorld({ oneAddress: true });
  t.after(close);
  const given = await Promise.all([0, 1, 2, 0].map((zone) => provider.allocateAddress(zone, new Set())));
  assert.deepEqual(new Set(given.map(({ host }) => host)), new Set(['127.0.0.1']));
  assert.equal(new Set(given.map(placeOf)).size, given.length);
  for (const { metadataPort } of given) assert.ok(metadataPort >= 12_000 && metadataPort < 20_000);
});
