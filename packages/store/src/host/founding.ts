import { sleep, toHex } from '@crescendo/base';
import type { Founder, FoundingVote, Identity } from '../ports/identity-store.ts';
import type { PeerAddress } from '../ports/network.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * A cluster is founded once, by the nodes of a list that an operator gave to all of them. The founder whose address sorts
 * lowest gathers the votes. A node votes once in its life, on disk, for one cluster id and one set of founders; the
 * cluster exists when all of them have voted for it. Nobody else ever creates one.
 *
 * (F1) A vote is durable before it is told, and never changes.
 * (F2) A founder begins when it knows that every founder has voted for the same thing.
 */
export interface FoundingOptions {
  /** Addresses of all founders, this one's included. */
  readonly founders: readonly PeerAddress[];
  readonly stopped: () => boolean;
}

interface Hello {
  readonly nodeId: string;
  readonly address: PeerAddress;
  readonly clusterId: string | null;
  readonly vote: FoundingVote | null;
}

const REQUEST = { timeoutMs: 2_000 };
const RETRY_MS = 300;
const MAX_FOUNDERS = 9;

export class Founding {
  private readonly ports: StoreNodePorts;
  private readonly self: Founder;
  private identity: Identity;

  constructor(ports: StoreNodePorts, self: Founder, identity: Identity) {
    this.ports = ports;
    this.self = self;
    this.identity = identity;
    ports.network.onRequest('found.hello', async () => ({ result: this.hello() }));
    ports.network.onRequest('found.vote', async (_from, params) => ({
      result: await this.vote(params as FoundingVote),
    }));
  }

  /** What became durable of this node's founding; replaces the identity that the caller holds. */
  current(): Identity {
    return this.identity;
  }

  adopt(identity: Identity): void {
    this.identity = identity;
  }

  /** Resolves to the vote that all founders share, or to the id of a cluster that exists already and knows nothing of this node. */
  async run(
    options: FoundingOptions,
  ): Promise<FoundingVote | { readonly existing: PeerAddress } | undefined> {
    const addresses = [...new Set(options.founders)].sort();
    if (addresses.length > MAX_FOUNDERS)
      throw new Error(`${addresses.length} founders: at most ${MAX_FOUNDERS} are allowed`);
    const coordinates = addresses[0] === this.self.address;
    for (let round = 0; !options.stopped(); round++) {
      const hellos = await this.greetAll(addresses);
      const outcome = await this.decide(addresses, hellos, coordinates);
      if (outcome !== undefined) return outcome;
      if (round === 10) this.reportWaiting(addresses, hellos);
      await sleep(this.ports.clock, RETRY_MS);
    }
    return undefined;
  }

  private async decide(
    addresses: readonly PeerAddress[],
    hellos: readonly (Hello | undefined)[],
    coordinates: boolean,
  ): Promise<FoundingVote | { readonly existing: PeerAddress } | undefined> {
    const mine = this.identity.foundingVote;
    const stranger = hellos.find((hello) => hello?.clusterId != null && hello.clusterId !== mine?.clusterId);
    if (stranger !== undefined && mine === undefined) return { existing: stranger.address };
    const begun = hellos.find((hello) => hello?.clusterId != null && hello.clusterId === mine?.clusterId);
    if (mine !== undefined && begun !== undefined) return mine; // (F2) it knew that all had voted
    const present = hellos.filter((hello) => hello !== undefined);
    if (
      mine !== undefined &&
      present.length === addresses.length &&
      present.every((hello) => sameVote(hello.vote, mine))
    ) {
      return mine; // (F2)
    }
    if (coordinates && present.length === addresses.length) await this.gather(present);
    return undefined;
  }

  /** Asks everybody, itself included, for the vote: a new one, or the one that was begun. */
  private async gather(present: readonly Hello[]): Promise<void> {
    const begun = present.find((hello) => hello.vote !== null)?.vote;
    const vote = begun ?? {
      clusterId: toHex(this.ports.random.bytes(16)),
      founders: present.map(({ nodeId, address }) => ({ nodeId, address })),
    };
    for (const founder of vote.founders) {
      if (founder.nodeId === this.self.nodeId) await this.vote(vote);
      else
        await this.ports.network
          .requestAt(founder.address, 'found.vote', vote, REQUEST)
          .catch(() => undefined);
    }
  }

  private async vote(vote: FoundingVote): Promise<boolean> {
    const { foundingVote, clusterId } = this.identity;
    if (foundingVote !== undefined) return sameVote(foundingVote, vote);
    if (clusterId !== undefined || !vote.founders.some(({ nodeId }) => nodeId === this.self.nodeId))
      return false;
    this.identity = { ...this.identity, foundingVote: vote };
    await this.ports.identity.save(this.identity); // (F1)
    return true;
  }

  private hello(): Hello {
    const { clusterId, foundingVote } = this.identity;
    return { ...this.self, clusterId: clusterId ?? null, vote: foundingVote ?? null };
  }

  private greetAll(addresses: readonly PeerAddress[]): Promise<(Hello | undefined)[]> {
    return Promise.all(
      addresses.map(async (address) => {
        if (address === this.self.address) return this.hello();
        const reply = await this.ports.network
          .requestAt(address, 'found.hello', null, REQUEST)
          .catch(() => undefined);
        return reply?.result as Hello | undefined;
      }),
    );
  }

  private reportWaiting(addresses: readonly PeerAddress[], hellos: readonly (Hello | undefined)[]): void {
    const missing = addresses.filter((_, i) => hellos[i] === undefined);
    this.ports.report({ level: 'warn', event: 'waiting for founders', detail: { missing } });
  }
}

function sameVote(a: FoundingVote | null, b: FoundingVote): boolean {
  if (a === null || a.clusterId !== b.clusterId || a.founders.length !== b.founders.length) return false;
  return b.founders.every(({ nodeId }) => a.founders.some((founder) => founder.nodeId === nodeId));
}
