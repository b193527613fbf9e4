import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, fromUtf8, utf8 } from '@crescendo/base';
import type { StoreNodePorts } from '../../../store/src/host/ports.ts';
import { META_KEY } from '../../../store/src/host/replica-meta.ts';
import { SnapshotReceiver, stagingGroup } from '../../../store/src/host/snapshot-transfer.ts';
import { Volume } from '../disk/volume.ts';
import { SimNetwork } from '../network/sim-network.ts';
import { messagePackCodec } from '../network/wire-codec.ts';
import { Machine } from '../world/machine.ts';
import { World } from '../world/world.ts';

const codec = messagePackCodec();
const META = { v: 1, index: 7, term: 1, membership: { epoch: 1, voters: ['a'], learners: [] }, at: 0 };

test('[S1] a snapshot that is being put in place is not taken away by one that begins anew', async () => {
  // A sender that had lost patience cleared the staged state: half a state became a replica's whole one.
  const world = new World({ seed: 1 });
  const fabric = new SimNetwork(world);
  const machine = new Machine(world, 'b', 'b:1');
  const process = machine.start();
  const sender = fabric.attach(new Machine(world, 'a', 'a:1').start(), () => 'a');
  const network = fabric.attach(process, () => 'b');
  sender.setAddress('b', 'b:1');
  const volume = new Volume(machine, 1_000_000).open(process);
  const ports = { ...volume, clock: process, network, codec, report: () => {} } as unknown as StoreNodePorts;
  let seen = '';
  new SnapshotReceiver(ports, async (_group, staging) => {
    await world.sleep(100);
    seen = fromUtf8(volume.state.reader(staging).get(utf8('x')) ?? utf8('nothing'));
    return 7;
  });
  const send = (stream: string, last: boolean, value: string): Promise<unknown> =>
    sender.request(
      'b',
      'group.snapshot',
      { group: '0', stream, sequence: 0, last },
      {
        timeoutMs: 1000,
        body: codec.encode([META_KEY, codec.encode(META), utf8('x'), utf8(value)]),
      },
    );
  await world.run(async () => {
    const first = send('one', true, 'whole');
    await world.sleep(20);
    const refused = await send('two', false, 'half').catch((error: unknown) => error);
    assert.ok(refused instanceof Failure && refused.retryable, String(refused));
    await first;
  });
  assert.equal(seen, 'whole');
  assert.equal(stagingGroup('0'), '0+incoming');
});
