import type { Random } from '@crescendo/base';
import { createDirectory, type Directory, type Member, type RingSettings } from '@crescendo/ring';
import { memberAt, randomPosition, VirtualNetwork } from '@crescendo/ring/testing';
import { MEAN_DELAY_MS, REQUEST_TIMEOUT_MS } from './paper.ts';

/** Both ways take less than the time-out: one lookup in 500 would otherwise take a live node for dead. */
const MAX_DELAY_MS = REQUEST_TIMEOUT_MS / 2 - 1;

export interface IdealNetwork {
  readonly network: VirtualNetwork;
  readonly directory: Directory;
}

/** Without a pause between rounds there are none: the ring stays as it is made. */
export const AT_REST: Partial<RingSettings> = {
  stabiliseMs: Number.POSITIVE_INFINITY,
  suspicionMs: Number.POSITIVE_INFINITY,
};

/** Nodes at random positions, each with ideal pointers and fingers: what stabilisation comes to in the end. */
export function createIdealNetwork(
  nodes: number,
  random: Random,
  settings: Partial<RingSettings>,
): IdealNetwork {
  const network = new VirtualNetwork({
    random,
    settings: { requestTimeoutMs: REQUEST_TIMEOUT_MS, ...settings },
    deliver: () => [Math.min(MAX_DELAY_MS, exponential(random, MEAN_DELAY_MS))],
  });
  const members = Array.from({ length: nodes }, (_, i) => newMember(`n${i}`, random));
  const directory = createDirectory(members);
  for (const member of members) {
    network.start(member);
    network.input(member.id, { type: 'create', founders: directory });
  }
  return { network, directory };
}

export function newMember(id: string, random: Random): Member {
  return memberAt(id, randomPosition(random));
}

export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.float()) * mean;
}
