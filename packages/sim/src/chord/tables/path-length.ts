import { type Random, seededRandom } from '@crescendo/base';
import { type Directory, type Member, ownerOf, type Position } from '@crescendo/ring';
import { randomPosition } from '@crescendo/ring/testing';
import { AT_REST, createIdealNetwork } from './ideal-network.ts';
import { DISTRIBUTION, DISTRIBUTION_NODES, PATH_LENGTHS } from './paper.ts';
import { formatTable } from './table-text.ts';

export interface PathLengths {
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  /** Lookups by path length. */
  readonly counts: readonly number[];
}

/** Nodes from which on the mean must agree with the paper, and how closely. */
export const JUDGED_FROM_NODES = 128;
export const TOLERANCE = 0.02;

/** Random lookups in ideal rings of `nodes`, until `lookups` are done; small rings are drawn anew more often. */
export function measurePathLengths(nodes: number, lookups: number, random: Random): PathLengths {
  const counts: number[] = [];
  const rings = Math.max(1, Math.min(64, Math.floor(8192 / nodes)));
  const lookupsPerRing = Math.ceil(lookups / rings);
  for (let ring = 0; ring < rings; ring++) {
    const { network, directory } = createIdealNetwork(nodes, random, { ...AT_REST, successors: 1 });
    for (let i = 0; i < lookupsPerRing; i++) {
      const asker = random.pick(directory.members);
      const requestId = network.lookup(asker.id, foreignKey(asker, directory, random), false);
      network.run(Number.POSITIVE_INFINITY, () => network.results.has(requestId));
      const hops = network.results.get(requestId)?.hops ?? 0;
      network.results.delete(requestId);
      counts[hops] = (counts[hops] ?? 0) + 1;
    }
  }
  return summarise(Array.from(counts, (count) => count ?? 0));
}

/** The paper's lookup would send a node once round the ring for a key of its own; ours answers at once, so such keys are left out. */
function foreignKey(asker: Member, directory: Directory, random: Random): Position {
  for (;;) {
    const key = randomPosition(random);
    if (ownerOf(directory, key)?.id !== asker.id) return key;
  }
}

/** Prints both path tables; gives what was out of bounds. */
export function printPathLengths(maxNodes: number, lookups: number, seed: number): string[] {
  const misses: string[] = [];
  const rows: string[][] = [];
  let distribution: PathLengths | undefined;
  for (const [nodes, mean, lowest, highest] of PATH_LENGTHS) {
    if (nodes > maxNodes) break;
    const ours = measurePathLengths(nodes, lookups, seededRandom(seed + nodes));
    const difference = ours.mean / mean - 1;
    if (nodes === DISTRIBUTION_NODES) distribution = ours;
    if (nodes >= JUDGED_FROM_NODES && Math.abs(difference) > TOLERANCE)
      misses.push(`mean path length with ${nodes} nodes: ${ours.mean.toFixed(3)}, the paper has ${mean}`);
    const percent = `${difference >= 0 ? '+' : ''}${(100 * difference).toFixed(1)} %`;
    const ourRange = `${ours.lowest}-${ours.highest}`;
    rows.push([`${nodes}`, mean.toFixed(2), ours.mean.toFixed(2), percent, `${lowest}-${highest}`, ourRange]);
  }
  console.log('Path length to the predecessor, successor list of 1 (paper, ours)');
  console.log(formatTable(['nodes', 'mean', 'ours', 'off by', '1st-99th', 'ours'], rows));
  if (distribution !== undefined) printDistribution(distribution);
  return misses;
}

function printDistribution(ours: PathLengths): void {
  const total = ours.counts.reduce((sum, count) => sum + count, 0);
  const rows = DISTRIBUTION.map((share, i) => [
    `${i + 1}`,
    share.toFixed(4),
    ((ours.counts[i + 1] ?? 0) / total).toFixed(4),
  ]);
  console.log(`Distribution of the path length with ${DISTRIBUTION_NODES} nodes`);
  console.log(formatTable(['length', 'paper', 'ours'], rows));
}

function summarise(counts: readonly number[]): PathLengths {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = counts.reduce((sum, count, hops) => sum + count * hops, 0) / total;
  return { mean, lowest: percentile(counts, total, 0.01), highest: percentile(counts, total, 0.99), counts };
}

function percentile(counts: readonly number[], total: number, share: number): number {
  let sum = 0;
  for (let hops = 0; hops < counts.length; hops++) {
    sum += counts[hops] ?? 0;
    if (sum >= share * total) return hops;
  }
  return counts.length - 1;
}
