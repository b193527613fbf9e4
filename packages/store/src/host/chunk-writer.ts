import { Failure } from '@crescendo/base';
import type { Membership } from '@crescendo/raft';
import type { ChunkName } from '../ports/chunk-store.ts';
import type { Loan } from '../ports/loan.ts';
import type { NodeId } from '../ports/network.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * How the leader of a chunk's partition writes it: the bytes go to the members' disks first, and only then does an
 * entry of the log register the chunk, naming the configuration and a majority of its voters that hold it durably.
 *
 * (C1) No chunk counts before its entry is applied under the configuration that it names.
 * (C2) While a change of membership is on its way no registration is logged (the gate), so the change finds every
 *      registered chunk on a majority of the new members.
 */
const STORE_TIMEOUT_MS = 7_000;
/** A member that is this many chunks behind is left to the repair. */
const MAX_OUTSTANDING_PER_PEER = 8;
const MAX_ATTEMPTS = 6;

export interface ChunkToWrite {
  /** Of the request: the same for each attempt of one. */
  readonly id: string;
  readonly name: ChunkName;
  /** The partition whose object will refer to the chunk. */
  readonly owner: number;
}

export class ChunkWriter {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly outstanding = new Map<NodeId, number>();
  private readonly gates = new Map<string, Promise<void>>();

  constructor(ports: StoreNodePorts, self: NodeId) {
    this.ports = ports;
    this.self = self;
    ports.network.onRequest(
      'chunk.store',
      async (_from, params, body) => {
        await this.storeHere((params as { name: ChunkName }).name, body);
        return { result: null };
      },
      { lent: true },
    );
  }

  /** Holds registrations of a group back until the returned function is called. (C2) */
  closeGate(group: string): () => void {
    let open: () => void = () => {};
    const closed = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.gates.set(group, closed);
    return () => {
      if (this.gates.get(group) === closed) this.gates.delete(group);
      open();
    };
  }

  /** `loan`: of the bytes, which some member may still be taking when this resolves. */
  async write(
    replica: GroupReplica,
    { id, name, owner }: ChunkToWrite,
    bytes: Uint8Array,
    loan: Loan,
  ): Promise<void> {
    const release = loan.hold();
    try {
      await this.writeAndRegister(replica, { id, name, owner }, bytes, loan);
    } finally {
      release();
    }
  }

  private async writeAndRegister(
    replica: GroupReplica,
    { id, name, owner }: ChunkToWrite,
    bytes: Uint8Array,
    loan: Loan,
  ): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { membership } = replica.raft;
      const holders = await this.store(membership, name, bytes, loan);
      // No pause between the look at the gate and the proposal: a gate that closes later finds it in the log.
      for (let gate = this.gates.get(replica.group); gate !== undefined; gate = this.gates.get(replica.group))
        await gate;
      const command = {
        type: 'registerChunk',
        name,
        size: bytes.length,
        ownerPartition: owner,
        epoch: membership.epoch,
        holders,
      };
      const outcome = await replica.execute(`${id}.${attempt}`, command, this.ports.clock.wallMs());
      if (!outcome.ok)
        throw new Failure('Unavailable', `chunk ${name}: ${outcome.reason}`, { retryable: true });
      const result = outcome.value as { ok: boolean; code?: string };
      if (result.ok) return;
      // (C1) The membership changed in between: some holder may have left, so the bytes are offered again.
    }
    throw new Failure('Unavailable', `chunk ${name}: its partition kept changing members`, {
      retryable: true,
    });
  }

  /** Resolves to the members that hold the bytes durably once they are a majority of the voters. */
  private store(
    { voters, learners }: Membership,
    name: ChunkName,
    bytes: Uint8Array,
    loan: Loan,
  ): Promise<NodeId[]> {
    const holders: NodeId[] = [];
    const majority = Math.floor(voters.length / 2) + 1;
    let pending = voters.length;
    let full: unknown;
    for (const learner of learners) void this.storeOn(learner, name, bytes, loan).catch(() => {});
    return new Promise((resolve, reject) => {
      const failed = (cause: unknown): void => {
        if (cause instanceof Failure && cause.code === 'DiskFull') full = cause;
        settle();
      };
      const settle = (): void => {
        pending--;
        if (holders.length >= majority) resolve([...holders]);
        else if (holders.length + pending < majority)
          reject(full ?? unreachable(name, holders.length, majority));
      };
      for (const voter of voters) {
        this.storeOn(voter, name, bytes, loan).then(() => {
          holders.push(voter);
          settle();
        }, failed);
      }
    });
  }

  private async storeOn(node: NodeId, name: ChunkName, bytes: Uint8Array, loan: Loan): Promise<void> {
    if (node === this.self) {
      const release = loan.hold();
      return this.storeHere(name, bytes).finally(release);
    }
    const waiting = this.outstanding.get(node) ?? 0;
    if (waiting >= MAX_OUTSTANDING_PER_PEER)
      throw new Failure('Unavailable', `node ${node} is behind`, { retryable: true });
    this.outstanding.set(node, waiting + 1);
    try {
      await this.ports.network.request(
        node,
        'chunk.store',
        { name },
        { timeoutMs: STORE_TIMEOUT_MS, body: bytes, left: loan.hold() },
      );
    } finally {
      this.outstanding.set(node, this.outstanding.get(node)! - 1);
    }
  }

  private async storeHere(name: ChunkName, bytes: Uint8Array): Promise<void> {
    if (this.ports.chunks.size(name) === bytes.length && (await this.ports.chunks.verify(name)) === 'ok')
      return;
    await this.ports.chunks.write(name, bytes);
  }
}

function unreachable(name: ChunkName, reached: number, needed: number): Failure {
  return new Failure(
    'Unavailable',
    `chunk ${name}: ${reached} members could store it, ${needed} are needed`,
    {
      retryable: true,
    },
  );
}
