import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../../packages/base/src/index.ts';
import { probePort } from '../../packages/cli/src/local/free-port.ts';
import { BareRing, call, freePorts, HOST } from './testing/bare-ring.ts';
import { eventually } from './testing/wait.ts';

const OWNERS_LIMIT_MS = 20_000;
const ORDER_SEED = 8;
const PORTS_LIMIT_MS = 30_000;
const PICTURED = [
  [5057, 716540891],
  [5058, 1324994620],
  [5059, 373792412],
] as const;

async function withRing(ring: BareRing, work: (ring: BareRing) => Promise<void>): Promise<void> {
  try {
    await work(ring);
  } finally {
    await ring.end();
  }
}

const ringOf = async (nodes: number): Promise<BareRing> =>
  await BareRing.start({ rpcPorts: await freePorts(nodes) });

/** One node creates, the others join through nodes that are on the ring already, in an order that the seed decides. */
async function joinInAnyOrder(ring: BareRing, random: Random): Promise<void> {
  const [first, ...others] = random.shuffle(ring.nodes);
  await call(first!.rpcPort, 'create');
  const inside = [first!];
  for (const node of others) {
    const target = random.pick(inside);
    await call(node.rpcPort, 'join', [HOST, target.rpcPort, target.id]);
    inside.push(node);
  }
}

async function kill(node: BareRing['nodes'][number]): Promise<void> {
  assert.equal(await call(node.rpcPort, 'kill'), null);
  assert.equal((await node.process.ended).signal, 'SIGKILL');
}

/** The identifiers come from the ports, so the pictured ring needs just these; a cluster of another test may have them for a while. */
async function picturedRing(): Promise<BareRing | undefined> {
  const rpcPorts = PICTURED.map(([port]) => port);
  const started = eventually('the ports of the picture are free', PORTS_LIMIT_MS, async () => {
    const found = await Promise.all(rpcPorts.map((port) => probePort(HOST, port)));
    return found.every((state) => state === 'free') ? await BareRing.start({ rpcPorts }) : undefined;
  });
  return await started.catch(() => undefined);
}

test('the pictured ring of 127.0.0.1:5057, :5058 and :5059 has its identifiers, and 14 belongs to :5059', async (context) => {
  const pictured = await picturedRing();
  if (pictured === undefined) return context.skip('other programs use the ports 5057 to 5059');
  await withRing(pictured, async (ring) => {
    for (const [port, id] of PICTURED) assert.deepEqual(await call(port, 'get_info'), [HOST, port, id]);
    await joinInAnyOrder(ring, seededRandom(ORDER_SEED));
    for (const [port] of PICTURED)
      await eventually(`find_successor(14) of ${port}`, OWNERS_LIMIT_MS, async () => {
        assert.deepEqual(await call(port, 'find_successor', 14), [HOST, 5059, 373792412]);
        return true;
      });
    await ring.ownersRight(128, OWNERS_LIMIT_MS);
  });
});

test('eight nodes that joined in any order, through any node, name the right owner of every id; so they do when one, and then two more, are killed', async () => {
  const random = seededRandom(ORDER_SEED);
  await withRing(await ringOf(8), async (ring) => {
    await joinInAnyOrder(ring, random);
    await ring.ownersRight(128, OWNERS_LIMIT_MS);
    const [one, two, three] = random.shuffle(ring.nodes);
    await kill(one!);
    await ring.ownersRight(128, OWNERS_LIMIT_MS);
    await Promise.all([kill(two!), kill(three!)]);
    await ring.ownersRight(128, OWNERS_LIMIT_MS);
  });
});

test('neighbours are the ones before and after; a node on no ring has none', async () => {
  await withRing(await ringOf(3), async (ring) => {
    const byId = [...ring.nodes].sort((one, other) => one.id - other.id);
    const shown = (index: number) => {
      const { rpcPort, id } = byId[(index + byId.length) % byId.length]!;
      return [HOST, rpcPort, id];
    };
    assert.deepEqual(await call(byId[0]!.rpcPort, 'get_predecessor'), ['', 0, 0]);
    await joinInAnyOrder(ring, seededRandom(ORDER_SEED));
    await eventually('every node knows its neighbours', OWNERS_LIMIT_MS, async () => {
      for (const [index, { rpcPort }] of byId.entries()) {
        assert.deepEqual(await call(rpcPort, 'get_predecessor'), shown(index - 1));
        assert.deepEqual(await call(rpcPort, 'get_successor', 0), shown(index + 1));
        assert.deepEqual(await call(rpcPort, 'get_successor', 1), shown(index + 2));
      }
      return true;
    });
  });
});
