import { Failure, messageOf } from '@crescendo/base';
import type { SnapshotMark } from '@crescendo/raft';
import type { GroupId } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import type { StateSnapshot } from '../ports/state-store.ts';
import type { StoreNodePorts } from './ports.ts';
import { readMeta } from './replica-meta.ts';

/**
 * Streams a group's applied state to a peer, batch by batch, each one acknowledged (that is the back-pressure). The receiver
 * builds it beside what it has and changes over at the end in one write, so a broken stream leaves no trace.
 */
const BATCH_BYTES = 512 * 1024;
const BATCH_TIMEOUT_MS = 20_000;
const MAX_STREAMS = 2;

const FIRST_KEY = new Uint8Array(0);
/** Behind every key: keys are at most 1,400 bytes and their first byte is below 0xff. */
const LAST_KEY = Uint8Array.of(0xff);

interface BatchParams {
  readonly group: GroupId;
  readonly stream: string;
  readonly sequence: number;
  readonly last: boolean;
}

export class SnapshotSender {
  private readonly ports: StoreNodePorts;
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(ports: StoreNodePorts) {
    this.ports = ports;
  }

  /** Resolves to the index that the peer has installed. */
  async send(group: GroupId, to: NodeId): Promise<number> {
    await this.admit();
    const snapshot = this.ports.state.snapshot(group);
    try {
      return await this.stream(snapshot, group, to);
    } finally {
      snapshot.close();
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private async admit(): Promise<void> {
    while (this.running >= MAX_STREAMS) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
  }

  private async stream(snapshot: StateSnapshot, group: GroupId, to: NodeId): Promise<number> {
    const stream = this.ports.random.int(2 ** 48).toString(16);
    let sequence = 0;
    let batch: Uint8Array[] = [];
    let bytes = 0;
    const flush = async (last: boolean): Promise<unknown> => {
      const params: BatchParams = { group, stream, sequence: sequence++, last };
      const body = this.ports.codec.encode(batch);
      batch = [];
      bytes = 0;
      return (
        await this.ports.network.request(to, 'group.snapshot', params, { timeoutMs: BATCH_TIMEOUT_MS, body })
      ).result;
    };
    for (const { key, value } of snapshot.range({ start: FIRST_KEY, end: LAST_KEY })) {
      batch.push(key.slice(), value.slice());
      bytes += key.length + value.length;
      if (bytes >= BATCH_BYTES) await flush(false);
    }
    return ((await flush(true)) as { index: number }).index;
  }
}

interface Incoming {
  readonly stream: string;
  readonly from: NodeId;
  next: number;
}

/** Puts a completed state in place; resolves to the index that the group now stands at. */
export type Install = (group: GroupId, staging: GroupId, mark: SnapshotMark) => Promise<number>;

export class SnapshotReceiver {
  private readonly ports: StoreNodePorts;
  private readonly install: Install;
  private readonly incoming = new Map<GroupId, Incoming>();
  /** Groups whose staged state is being put in place: a stream that began anew would take it away half-way. */
  private readonly installing = new Set<GroupId>();

  constructor(ports: StoreNodePorts, install: Install) {
    this.ports = ports;
    this.install = install;
    ports.network.onRequest('group.snapshot', async (from, params, body) => ({
      result: { index: await this.take(from, params as BatchParams, body) },
    }));
  }

  private async take(
    from: NodeId,
    { group, stream, sequence, last }: BatchParams,
    body: Uint8Array,
  ): Promise<number> {
    const staging = stagingGroup(group);
    if (sequence === 0) {
      if (this.installing.has(group))
        throw new Failure('Busy', `group ${group} is taking over another snapshot`, { retryable: true });
      this.ports.state.clear(staging);
      this.incoming.set(group, { stream, from, next: 0 });
    }
    const incoming = this.incoming.get(group);
    if (incoming?.stream !== stream || incoming.from !== from || incoming.next !== sequence) {
      throw new Error(
        `snapshot of group ${group}: batch ${sequence} of stream ${stream} is not the one expected`,
      );
    }
    incoming.next++;
    this.store(staging, this.ports.codec.decode(body) as Uint8Array[]);
    if (!last) return 0;
    this.incoming.delete(group);
    const meta = readMeta(this.ports.state.reader(staging), this.ports.codec);
    if (meta === undefined) throw new Error(`snapshot of group ${group} from ${from} has no mark`);
    this.installing.add(group);
    try {
      return await this.install(group, staging, {
        index: meta.index,
        term: meta.term,
        membership: meta.membership,
      });
    } catch (cause) {
      this.ports.report({
        level: 'warn',
        event: 'snapshot refused',
        detail: { group, from, cause: messageOf(cause) },
      });
      throw cause;
    } finally {
      this.installing.delete(group);
    }
  }

  private store(staging: GroupId, pairs: readonly Uint8Array[]): void {
    this.ports.state.write((writer) => {
      const kv = writer(staging);
      for (let i = 0; i + 1 < pairs.length; i += 2) kv.put(pairs[i]!, pairs[i + 1]!);
    });
  }
}

export function stagingGroup(group: GroupId): GroupId {
  return `${group}+incoming`;
}

export function isStagingGroup(group: GroupId): boolean {
  return group.endsWith('+incoming');
}
