/** What the console shows, as plain data. Whoever collects it bounds it; nothing in it is trusted to be free of markup. */

export interface ConsoleView {
  /** Milliseconds since 1970, as all times here. */
  readonly takenMs: number;
  readonly endpoint: string;
  readonly version: string;
  readonly store: StoreView;
  readonly groups: Part<GroupView>;
  readonly alarms: Part<AlarmView>;
  readonly queues: Part<QueueView>;
  readonly tables: Part<TableView>;
  readonly stacks: Part<StackView>;
}

/** Some of the things of a kind, and how many there are beyond them; or why they could not be read. */
export type Part<T> = { readonly items: readonly T[]; readonly more: number } | { readonly failure: string };

export interface StoreView {
  /** The last answer; absent before the first. */
  readonly answer?: { readonly state: StoreState; readonly atMs: number };
  /** Why there is no newer answer; absent while the store answers. */
  readonly silence?: string;
}

/** As the store tells it: a cluster status of `@crescendo/node` is one. */
export interface StoreState {
  readonly partitions: number;
  readonly nodes: readonly NodeView[];
  readonly replication: {
    readonly factor: number;
    /** Copies that the members of now allow. */
    readonly possible: number;
    readonly underReplicatedPartitions: number;
    readonly movingPartitions: number;
  };
  readonly events: readonly {
    readonly destination: string;
    readonly waiting: number;
    readonly oldestMs: number;
    readonly failure?: string;
  }[];
}

export interface NodeView {
  readonly id: string;
  readonly address: string;
  /** Where it has one, `instance` is the machine's id. */
  readonly advertised: Readonly<Record<string, string>>;
  /** 0 while it does not answer. */
  readonly pid: number;
  readonly state: 'up' | 'down' | 'leaving' | 'out';
  readonly draining: boolean;
  readonly zone: string;
  /** 40 hexadecimal digits. */
  readonly ringId: string;
  readonly partitions: number;
  readonly leads: number;
  readonly bytes: number;
  /** 0 where it is not known. */
  readonly capacityBytes: number;
}

export interface GroupView {
  readonly name: string;
  readonly min: number;
  readonly desired: number;
  readonly max: number;
  readonly instances: readonly InstanceView[];
  /** Newest first. */
  readonly activities: readonly ActivityView[];
  /** Sizes wanted and in service; undefined where the group does not publish them. */
  readonly sizes?: ChartView;
}

export interface InstanceView {
  readonly id: string;
  /** In Auto Scaling's words, such as `Pending:Wait`. */
  readonly state: string;
  readonly health: string;
  readonly zone: string;
  readonly isProtected: boolean;
}

export interface ActivityView {
  readonly id: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly status: string;
  readonly description: string;
  readonly cause: string;
  readonly message?: string;
}

export interface AlarmView {
  readonly name: string;
  readonly description: string;
  readonly state: string;
  readonly sinceMs: number;
  readonly reason: string;
  /** Such as `Maximum of disk_used_percent > 70 for 2 x 60 s`. */
  readonly condition: string;
  /** What it calls when it is raised. */
  readonly calls: readonly string[];
  /** Absent where its metrics cannot be read. */
  readonly chart?: ChartView;
}

export interface ChartView {
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Values further apart than this are not joined by a line. */
  readonly gapMs: number;
  readonly lines: readonly {
    readonly name: string;
    /** Moments and values, in the order of time. */
    readonly points: readonly (readonly [number, number])[];
    /** Values hold until the next one. */
    readonly steps?: boolean;
  }[];
  readonly threshold?: number;
}

export interface QueueView {
  readonly name: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Of the oldest message; absent where it is not known. */
  readonly oldestSeconds?: number;
  /** Where messages go that can't be worked off, and how many are there. */
  readonly dead?: { readonly queue: string; readonly waiting: number };
}

export interface TableView {
  readonly name: string;
  readonly status: string;
  readonly itemCount: number;
  readonly bytes: number;
}

export interface StackView {
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly changedMs: number;
}
