import { seededRandom } from '@crescendo/base';
import { createDirectory, ownerOf } from '@crescendo/ring';
import { randomPosition } from '@crescendo/ring/testing';
import { newMember } from './ideal-network.ts';
import { LOADS } from './paper.ts';
import { formatTable } from './table-text.ts';

const KEYS_PER_NODE = 100;

/** Prints how evenly keys fall on nodes that stand at several positions each. */
export function printLoads(nodes: number, seed: number): void {
  const random = seededRandom(seed);
  const keys = Array.from({ length: nodes * KEYS_PER_NODE }, () => randomPosition(random));
  const rows = LOADS.map(([virtualNodes, lowest, highest]) => {
    const loads = new Array<number>(nodes).fill(0);
    const directory = createDirectory(
      Array.from({ length: nodes * virtualNodes }, (_, i) =>
        newMember(`${i % nodes}.${Math.floor(i / nodes)}`, random),
      ),
    );
    for (const key of keys) {
      const owner = ownerOf(directory, key);
      if (owner !== undefined) loads[Number.parseInt(owner.id, 10)]!++;
    }
    loads.sort((a, b) => a - b);
    const ours = [0.01, 0.99].map((share) => loads[Math.floor(share * (nodes - 1))] ?? 0);
    return [virtualNodes, lowest, ours[0]!, highest, ours[1]!].map(String);
  });
  console.log(`Keys a node, ${nodes} nodes and ${keys.length} keys (paper: 10^4 and 10^6)`);
  console.log(formatTable(['virtual', '1st', 'ours', '99th', 'ours'], rows));
}
