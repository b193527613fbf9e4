import { seededRandom } from '@crescendo/base';
import { createDirectory, ownerOf } from '@crescendo/ring';
import { randomPosition } from '@crescendo/ring/testing';
import { AT_REST, createIdealNetwork } from './ideal-network.ts';
import { FAILURES } from './paper.ts';
import { formatTable } from './table-text.ts';

const NODES = 1000;
const LIST_LENGTH = 20;

export interface FailureRun {
  readonly hops: number;
  readonly timeouts: number;
  readonly wrong: number;
}

/** A share of the nodes dies at once, nobody stabilises, and lookups must find the owners that are left. */
export function measureFailures(share: number, lookups: number, seed: number): FailureRun {
  const random = seededRandom(seed);
  // Nodes found dead are not passed over for a while, as they would be; they only leave the asker's fingers.
  const settings = { ...AT_REST, successors: LIST_LENGTH, avoidMs: 0 };
  const { network, directory } = createIdealNetwork(NODES, random, settings);
  for (const member of random.shuffle(directory.members).slice(0, share * NODES)) network.crash(member.id);
  const live = createDirectory([...network.nodes.values()].map((node) => node.member));
  let [hops, timeouts, wrong] = [0, 0, 0];
  for (let i = 0; i < lookups; i++) {
    const key = randomPosition(random);
    const requestId = network.lookup(random.pick(live.members).id, key);
    network.run(Number.POSITIVE_INFINITY, () => network.results.has(requestId));
    const result = network.results.get(requestId);
    network.results.delete(requestId);
    hops += result?.hops ?? 0;
    timeouts += result?.timeouts ?? 0;
    if (result?.ok !== true || result.owner.id !== ownerOf(live, key)?.id) wrong++;
  }
  return { hops: hops / lookups, timeouts: timeouts / lookups, wrong };
}

/** Prints the table; gives what was out of bounds. */
export function printFailures(lookups: number, seed: number): string[] {
  const misses: string[] = [];
  const rows = FAILURES.map(([share, path, timeouts]) => {
    const ours = measureFailures(share, lookups, seed);
    if (ours.wrong > 0)
      misses.push(`${ours.wrong} lookups found no or the wrong owner with ${share} of the nodes dead`);
    return [
      share.toFixed(1),
      path.toFixed(2),
      ours.hops.toFixed(2),
      timeouts.toFixed(2),
      ours.timeouts.toFixed(2),
      `${ours.wrong} of ${lookups}`,
    ];
  });
  console.log(
    `Simultaneous failures, ${NODES} nodes, successor list of ${LIST_LENGTH}, the last hop counted`,
  );
  console.log(formatTable(['failed', 'path', 'ours', 'time-outs', 'ours', 'wrong'], rows));
  return misses;
}
