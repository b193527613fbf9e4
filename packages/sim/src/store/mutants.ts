/**
 * Deliberate mistakes in the production store: each one switches off one rule, and some checker must notice. They are planted from
 * outside into a node that was just made; the production code knows nothing of them. A part that was renamed makes
 * planting fail.
 */
import { invariant } from '@crescendo/base';
import type { StoreNode } from '../../../store/src/host/store-node.ts';

export const MUTANTS = {
  /** A chunk counts once its leader has it, whatever the entry says of a majority. */
  chunkWithoutMajority: (node) => {
    const writer = part(node, 'chunks', 'writer');
    const storeHere = method(writer, 'storeHere');
    replace(writer, 'store', async ({ voters }: Voters, name: unknown, bytes: unknown) => {
      await storeHere(name, bytes);
      return voters.slice(0, Math.floor(voters.length / 2) + 1);
    });
  },
  /** A learner gets a vote whether it has the bytes or not. */
  promoteIncomplete: (node) => believeComplete(node, isLearner),
  /** Members come and go without a question who holds what, and without waiting for chunks that are being registered. */
  changeUnasked: (node) => {
    believeComplete(node, () => true);
    replace(part(node, 'chunks', 'writer'), 'closeGate', () => () => {});
  },
  /** Reads are answered by whoever believes that it leads. */
  readWithoutIndex: (node) =>
    onReplicas(node, (replica) =>
      replace(replica, 'confirmRead', (settle) => (settle as (confirmed: boolean) => void)(true)),
    ),
  /** A command that is sent again is applied again. */
  noDeduplication: (node) =>
    onReplicas(node, (replica) => replace(part(replica, 'requests'), 'find', () => undefined)),
  /** The sweep takes what it finds unreferenced, and lets nobody write down that it is aborted. */
  sweepWithoutAbort: (node) => {
    const maintenance = part(node, 'maintenance');
    const router = part(maintenance, 'router');
    const execute = method(router, 'execute');
    const careless = Object.create(router) as Part;
    careless['execute'] = async (
      partition: unknown,
      command: { type: string; blobIds: readonly string[] },
    ) => {
      if (command.type !== 'resolveBlobs') return execute(partition, command);
      const { states } = (await method(router, 'query')(partition, { ...command, type: 'blobStates' })) as {
        states: string[];
      };
      return { ok: true, states: states.map((state) => (state === 'known' ? 'known' : 'aborted')) };
    };
    maintenance['router'] = careless;
  },
  /** Whatever was sent is settled, whether the queue took it or not. */
  settleUntaken: (node) =>
    onLanes(node, (lane) => {
      const deliver = method(lane, 'deliver');
      replace(lane, 'deliver', async (batch: unknown) => {
        const result = await deliver(batch);
        method(lane, 'settle')(batch);
        return result;
      });
    }),
  /** Who leads anew does not look for what its predecessor has left. */
  leaveOutboxes: (node) => {
    const courier = part(node, 'courier');
    replace(courier, 'round', async () => {});
  },
  /** A batch holds whatever comes next, several events of one key too. */
  mixKeys: (node) =>
    onLanes(node, (lane) => {
      replace(lane, 'first', (replica: Part, most: number) => {
        const query = { type: 'waitingEvents', destination: lane['destination'], limit: most };
        const answer = method(part(replica, 'machine'), 'query')(replica['kv'], query);
        return (answer as { events: object[] }).events.map((event) => ({ replica, event }));
      });
    }),
  /** New rules are acknowledged when the home partition has them. */
  rulesAtHomeOnly: (node) => {
    const router = part(node, 'router');
    replace(part(node, 'store'), 'putEventRules', async (bucket: string, rules: unknown) => {
      const home = method(router, 'partitionOf')(new TextEncoder().encode(bucket));
      await method(router, 'execute')(home, { type: 'putBucketRules', bucket, rules });
    });
  },
  /** The log is lost at each restart, and the node comes back as if nothing had happened. See `Volume`. */
  forgetLog: () => {},
} as const satisfies Record<string, (node: StoreNode) => void>;

export type StoreMutant = keyof typeof MUTANTS;

export function storeMutant(name: string): StoreMutant {
  if (Object.hasOwn(MUTANTS, name)) return name as StoreMutant;
  throw new Error(`unknown mutant ${name}: ${Object.keys(MUTANTS).join(', ')} are known`);
}

/** Private parts, by name. */
type Part = Record<string, unknown>;
type Method = (...args: unknown[]) => unknown;
interface Voters {
  readonly voters: readonly string[];
}

function part(of: object, ...path: readonly string[]): Part {
  let found = of as Part;
  for (const name of path) {
    invariant(
      typeof found[name] === 'object' && found[name] !== null,
      `there is no part ${name} to plant a mistake in`,
    );
    found = found[name] as Part;
  }
  return found;
}

function method(of: Part, name: string): Method {
  const found = of[name];
  invariant(typeof found === 'function', `there is no method ${name} to plant a mistake in`);
  return (...args) => (found as Method).apply(of, args);
}

// Parameters are what the replaced method gets: nothing can check that here.
function replace<Args extends never[]>(of: Part, name: string, work: (...args: Args) => unknown): void {
  method(of, name);
  of[name] = work;
}

function onReplicas(node: StoreNode, plant: (replica: Part) => void): void {
  const host = part(node, 'host');
  const open = method(host, 'open');
  replace(host, 'open', (group: never) => {
    const replica = open(group) as Part;
    plant(replica);
    return replica;
  });
  for (const replica of (host['replicas'] as ReadonlyMap<string, unknown>).values()) plant(replica as Part);
}

function onLanes(node: StoreNode, plant: (lane: Part) => void): void {
  const courier = part(node, 'courier');
  const open = method(courier, 'lane');
  const planted = new Set<unknown>();
  replace(courier, 'lane', (destination: never) => {
    const lane = open(destination) as Part | undefined;
    if (lane !== undefined && !planted.has(lane)) plant(lane);
    planted.add(lane);
    return lane;
  });
}

function believeComplete(node: StoreNode, when: (replica: Part, member: string) => boolean): void {
  const reports = part(node, 'placement', 'reports');
  const isComplete = method(reports, 'isComplete');
  replace(
    reports,
    'isComplete',
    (replica: Part, member: string, sinceIndex: number) =>
      when(replica, member) || isComplete(replica, member, sinceIndex),
  );
}

function isLearner(replica: Part, member: string): boolean {
  const { membership } = method(part(replica, 'raft'), 'status')() as {
    membership: { learners: readonly string[] };
  };
  return membership.learners.includes(member);
}
