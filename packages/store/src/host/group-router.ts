import { type Clock, Failure, type Random, sleep } from '@crescendo/base';
import { type GroupId, partitionGroup } from '../group.ts';
import type { Command, CommandResult } from '../objects/command.ts';
import type { Query, QueryResult } from '../objects/query.ts';
import type { PartitionRouter } from '../objects/router.ts';
import { StoreFailure } from '../objects/store-failure.ts';
import type { ChunkName, ChunkRead } from '../ports/chunk-store.ts';
import { Loan } from '../ports/loan.ts';
import type { Network, NodeId } from '../ports/network.ts';
import type { GroupDirectory, GroupHint } from './group-directory.ts';
import type { Answer, GroupService } from './group-service.ts';
import { NodePulse } from './node-pulse.ts';
import { partitionOfName } from './partition-of-name.ts';

/**
 * Finds the leader of a group and asks it, again and again until an answer comes or the time is over. A command keeps
 * its request id through all of this, so it is applied once.
 */
export interface GroupRouterOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: GroupDirectory;
  sha1(bytes: Uint8Array): Uint8Array;
  readonly partitionCount: () => number;
  /** This node's own groups, when it has some. */
  readonly local?: {
    readonly node: NodeId;
    readonly service: GroupService;
    readChunk(name: ChunkName, offset: number, length: number, into?: Uint8Array): Promise<ChunkRead>;
  };
  /** Brings the directory up to date: it may ask peers for the newest system state. */
  refresh(group: GroupId): void;
  /** Nodes that are known to be silent are asked last. */
  isSilent?(node: NodeId): boolean;
  readonly deadlineMs: number;
}

/** A node that lives and does not answer holds a request this long before another one is asked; see `NodePulse` for one that hangs. */
const ATTEMPT_TIMEOUT_MS = 2_500;
const CHUNK_TIMEOUT_MS = 8_000;
const FIRST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 250;

type Attempt<T> = (node: NodeId, timeoutMs: number, denied: NodeId | undefined) => Promise<Answer<T>>;

export class GroupRouter implements PartitionRouter {
  private readonly options: GroupRouterOptions;
  private readonly session: string;
  private sequence = 0;
  private readonly pulse: NodePulse;
  readonly counters = { retries: 0, unavailable: 0 };

  constructor(options: GroupRouterOptions) {
    this.options = options;
    this.pulse = new NodePulse(options.network, options.clock, options.isSilent);
    this.session = options.random.int(2 ** 48).toString(36);
  }

  get partitionCount(): number {
    return this.options.partitionCount();
  }

  /** False for a node that has given this one no answer lately. */
  answers(node: NodeId): boolean {
    return this.pulse.answers(node);
  }

  partitionOf(name: Uint8Array): number {
    return partitionOfName(this.options.sha1(name), this.partitionCount);
  }

  execute<C extends Command>(partition: number, command: C): Promise<CommandResult<C>> {
    return this.executeOn(partitionGroup(partition), command) as Promise<CommandResult<C>>;
  }

  /** The same for any group. */
  executeOn(group: GroupId, command: unknown, deadlineMs = this.options.deadlineMs): Promise<unknown> {
    const { local } = this.options;
    const id = `${this.session}-${this.sequence++}`;
    return this.ask(group, deadlineMs, async (node, timeoutMs, denied) => {
      const params = denied === undefined ? { group, id, command } : { group, id, command, denied };
      if (local?.node === node) return local.service.execute(params);
      return (await this.pulse.request(node, 'group.execute', params, { timeoutMs }))
        .result as Answer<unknown>;
    });
  }

  query<Q extends Query>(partition: number, query: Q): Promise<QueryResult<Q>> {
    return this.queryOn(partitionGroup(partition), query) as Promise<QueryResult<Q>>;
  }

  queryOn(group: GroupId, query: unknown, deadlineMs = this.options.deadlineMs): Promise<unknown> {
    const { local } = this.options;
    return this.ask(group, deadlineMs, async (node, timeoutMs, denied) => {
      if (local?.node === node) return local.service.queryOne(group, query, denied);
      const answers = await this.queryAt(node, [group], query, timeoutMs, denied);
      return answers[0] ?? { ok: false, reason: 'absent' };
    });
  }

  async queryAll<Q extends Query>(partitions: readonly number[], query: Q): Promise<QueryResult<Q>[]> {
    const byNode = new Map<NodeId, number[]>();
    for (const partition of partitions) {
      const [node] = this.options.directory.candidates(partitionGroup(partition));
      if (node === undefined) continue;
      const list = byNode.get(node);
      if (list === undefined) byNode.set(node, [partition]);
      else list.push(partition);
    }
    const answers = new Map<number, QueryResult<Q>>();
    await Promise.all([...byNode].map(([node, asked]) => this.collect(node, asked, query, answers)));
    return Promise.all(partitions.map((partition) => answers.get(partition) ?? this.query(partition, query)));
  }

  private async collect<Q extends Query>(
    node: NodeId,
    partitions: readonly number[],
    query: Q,
    into: Map<number, QueryResult<Q>>,
  ): Promise<void> {
    const groups = partitions.map(partitionGroup);
    const answers = await this.queryAt(node, groups, query, ATTEMPT_TIMEOUT_MS, undefined).catch(() => []);
    for (const [i, answer] of answers.entries()) {
      const group = groups[i]!;
      if (answer.ok) {
        into.set(partitions[i]!, answer.value as QueryResult<Q>);
        this.options.directory.leads(group, node);
      } else if (answer.hint !== undefined) {
        this.options.directory.learn(group, answer.hint);
      }
    }
  }

  private async queryAt(
    node: NodeId,
    groups: readonly GroupId[],
    query: unknown,
    timeoutMs: number,
    denied: NodeId | undefined,
  ): Promise<Answer<unknown>[]> {
    const { local } = this.options;
    const params = denied === undefined ? { groups, query } : { groups, query, denied };
    if (local?.node === node) return local.service.query(params);
    return (await this.pulse.request(node, 'group.query', params, { timeoutMs })).result as Answer<unknown>[];
  }

  async writeChunk(
    partition: number,
    name: ChunkName,
    owner: number,
    bytes: Uint8Array,
    released?: () => void,
  ): Promise<void> {
    const { local } = this.options;
    const group = partitionGroup(partition);
    const id = `${this.session}-${this.sequence++}`;
    const loan = new Loan(released);
    const release = loan.hold();
    try {
      await this.ask(group, this.options.deadlineMs + CHUNK_TIMEOUT_MS, async (node) => {
        const params = { group, id, name, owner };
        if (local?.node === node) return local.service.writeChunk(params, bytes, loan);
        const options = { timeoutMs: CHUNK_TIMEOUT_MS, body: bytes, left: loan.hold() };
        return (await this.pulse.request(node, 'chunk.write', params, options)).result as Answer<null>;
      });
    } finally {
      release();
    }
  }

  async readChunk(
    partition: number,
    name: ChunkName,
    offset: number,
    length: number,
    into?: Uint8Array,
  ): Promise<Uint8Array> {
    const group = partitionGroup(partition);
    const deadline = this.options.clock.nowMs() + this.options.deadlineMs;
    const here = await this.readChunkHere(name, offset, length, into);
    if (here !== undefined) return here;
    for (let round = 0; ; round++) {
      const first = round === 0 ? into : undefined;
      const { bytes, reached } = await this.readChunkThere(group, name, offset, length, first);
      if (bytes !== undefined) return bytes;
      if (this.options.clock.nowMs() > deadline) throw chunkGone(name, reached);
      // The members may have changed: the leader knows, and asking it brings the directory up to date.
      const answer = (await this.queryOn(group, { type: 'chunkInfo', name })) as { readonly chunk?: unknown };
      if (answer.chunk === undefined) throw chunkDeleted(name);
      if (round > 0) await this.pause(group, round);
    }
  }

  private async readChunkHere(
    name: ChunkName,
    offset: number,
    length: number,
    into: Uint8Array | undefined,
  ): Promise<Uint8Array | undefined> {
    const read = await this.options.local?.readChunk(name, offset, length, into);
    return read?.ok === true ? read.bytes : undefined;
  }

  /** `reached`: every member answered, and none had the bytes. */
  private async readChunkThere(
    group: GroupId,
    name: ChunkName,
    offset: number,
    length: number,
    into: Uint8Array | undefined,
  ): Promise<{ bytes?: Uint8Array; reached: boolean }> {
    const { directory, local } = this.options;
    const others = directory.candidates(group).filter((node) => node !== local?.node);
    const [alive, silent] = [true, false].map((is) =>
      others.filter((node) => this.pulse.answers(node) === is),
    );
    const nodes = [...alive!, ...silent!];
    let reached = nodes.length > 0;
    // One attempt alone may have it: what is given up may still come.
    let memory = into === undefined ? {} : { into };
    for (const node of nodes) {
      try {
        const { result, body } = await this.pulse.request(
          node,
          'chunk.read',
          { name, offset, length },
          { timeoutMs: CHUNK_TIMEOUT_MS / 2, ...memory },
        );
        memory = {};
        if ((result as { ok: boolean }).ok) return { bytes: body, reached: true };
      } catch {
        memory = {};
        reached = false;
      }
    }
    return { reached };
  }

  private async ask<T>(group: GroupId, deadlineMs: number, attempt: Attempt<T>): Promise<T> {
    const { clock } = this.options;
    const deadline = clock.nowMs() + deadlineMs;
    let last: unknown;
    let isUncertain = false;
    const careful: Attempt<T> = async (node, timeoutMs, denied) => {
      const answer = await attempt(node, timeoutMs, denied).catch((cause: unknown) => {
        isUncertain ||= !(cause instanceof Failure && cause.code === 'Unreachable');
        throw cause;
      });
      // An earlier attempt may have been logged: "full" would deny a write that is there.
      if (!answer.ok && answer.reason === 'full' && isUncertain) return { ok: false, reason: 'overloaded' };
      isUncertain ||= !answer.ok && answer.reason === 'lost';
      return answer;
    };
    for (let round = 0; ; round++) {
      const answer = await this.askRound(group, deadline, careful, (cause) => {
        last = cause;
      });
      if (answer !== undefined) return answer.value;
      if (clock.nowMs() >= deadline) throw this.unavailable(group, last);
      this.counters.retries++;
      await this.pause(group, round);
    }
  }

  /** Asks the candidates one after the other, follows what they say about the leader, and gives up when all have denied. */
  private async askRound<T>(
    group: GroupId,
    deadline: number,
    attempt: Attempt<T>,
    failed: (cause: unknown) => void,
  ): Promise<{ readonly value: T } | undefined> {
    const { directory, clock } = this.options;
    const asked = new Set<NodeId>();
    let denied: NodeId | undefined;
    for (;;) {
      const node = this.nextCandidate(group, asked);
      if (node === undefined) return undefined;
      asked.add(node);
      if (!this.pulse.answers(node) && !(await this.pulse.ping(node))) continue;
      const timeoutMs = Math.max(1, Math.min(ATTEMPT_TIMEOUT_MS, deadline - clock.nowMs()));
      const answer = await attempt(node, timeoutMs, denied).catch((cause: unknown) =>
        this.refusal<T>(group, cause, failed),
      );
      if (answer.ok) {
        directory.leads(group, node);
        return { value: answer.value };
      }
      if (answer.reason === 'full') throw storageFull(group);
      // An overloaded leader leads on; everybody waits.
      if (answer.reason === 'overloaded') return undefined;
      directory.notLeading(group, node);
      if (answer.hint !== undefined) directory.learn(group, withoutLeader(answer.hint, asked));
      const leader = answer.hint?.leader;
      if (leader !== undefined && (asked.has(leader) || !this.pulse.answers(leader))) denied = leader;
    }
  }

  /**
   * The likeliest one that has answered lately, then the others: a dead node costs time, and a request with little of it
   * would never come to the one behind it.
   */
  private nextCandidate(group: GroupId, asked: ReadonlySet<NodeId>): NodeId | undefined {
    const { directory } = this.options;
    const likeliest = directory.likeliest(group);
    if (asked.size === 0 && likeliest !== undefined && this.pulse.answers(likeliest)) return likeliest;
    const left = directory.candidates(group).filter((candidate) => !asked.has(candidate));
    return left.find((node) => this.pulse.answers(node)) ?? left[0];
  }

  private refusal<T>(group: GroupId, cause: unknown, failed: (cause: unknown) => void): Answer<T> {
    if (cause instanceof Failure && cause.code === 'DiskFull') throw storageFull(group);
    if (!(cause instanceof Failure)) throw cause;
    failed(cause);
    return { ok: false, reason: 'lost' };
  }

  private async pause(group: GroupId, round: number): Promise<void> {
    const { clock, random } = this.options;
    if (round > 0) this.options.refresh(group);
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(round, 6));
    await sleep(clock, longest * (0.5 + random.float() / 2));
  }

  private unavailable(group: GroupId, cause: unknown): StoreFailure {
    this.counters.unavailable++;
    return new StoreFailure(
      'Unavailable',
      `No majority of the replicas of group ${group} answered within the time limit. Nothing is lost; try again.`,
      { retryable: true, cause },
    );
  }
}

function withoutLeader(hint: GroupHint, asked: ReadonlySet<NodeId>): GroupHint {
  return hint.leader !== undefined && asked.has(hint.leader) ? { ...hint, leader: undefined } : hint;
}

function storageFull(group: GroupId): StoreFailure {
  return new StoreFailure(
    'StorageFull',
    `The volumes that hold group ${group} are full. Delete objects or add nodes; reads and deletes go on.`,
  );
}

function chunkDeleted(name: ChunkName): StoreFailure {
  return new StoreFailure(
    'Unavailable',
    `Chunk ${name} was deleted while it was read; ask for the object again.`,
    {
      retryable: true,
    },
  );
}

function chunkGone(name: ChunkName, reached: boolean): StoreFailure {
  return reached
    ? new StoreFailure('DataDamaged', `No replica holds an undamaged copy of chunk ${name}.`)
    : new StoreFailure('Unavailable', `No replica of chunk ${name} can be reached now; try again.`, {
        retryable: true,
      });
}
