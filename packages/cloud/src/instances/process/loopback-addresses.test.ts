import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from '../instance-provider.ts';
import { openProcessWorld } from '../testing/process-world.ts';
import { allocateLoopback, subnetOf } from './loopback-addresses.ts';

test('[I8] where instances share one address each has a metadata port of its own', async (t) => {
  const { provider, close } = await openProcessWorld({ oneAddress: true });
  t.after(close);
  const given = await Promise.all([0, 1, 2, 0].map((zone) => provider.allocateAddress(zone, new Set())));
  assert.deepEqual(new Set(given.map(({ host }) => host)), new Set(['127.0.0.1']));
  assert.equal(new Set(given.map(placeOf)).size, given.length);
  for (const { metadataPort } of given) assert.ok(metadataPort >= 12_000 && metadataPort < 20_000);
});

const hasOwnAddresses = process.platform === 'linux';

test('[I8] addresses of a zone lie in its subnet, from whichever place the search begins', {
  skip: !hasOwnAddresses,
}, async () => {
  for (const origin of [0, 4_090, 2 ** 32 - 1]) {
    const { host } = await allocateLoopback(1, new Set(), { origin });
    assert.equal(subnetOf(1), '127.0.32.0/20');
    const [, , third = 0, fourth = 0] = host.split('.').map(Number);
    assert.ok(third >= 32 && third < 48, host);
    assert.ok(third > 32 || fourth >= 4, `${host} is one of AWS's own`);
  }
});

test('[I8] two clouds keep apart also while one of them is away and holds no port', {
  skip: !hasOwnAddresses,
}, async () => {
  const one = await allocateLoopback(0, new Set(), { origin: 100 });
  const other = await allocateLoopback(0, new Set(), { origin: 2_000 });
  assert.notEqual(one.host, other.host);
});

test('[I8] what is taken is passed over, to the end of the subnet and on at its beginning', {
  skip: !hasOwnAddresses,
}, async () => {
  const last = (await allocateLoopback(2, new Set(), { origin: 4_090 })).host;
  assert.equal(last, '127.0.63.254');
  const next = await allocateLoopback(2, new Set([last]), { origin: 4_090 });
  assert.match(next.host, /^127\.0\.48\.\d+$/);
});
