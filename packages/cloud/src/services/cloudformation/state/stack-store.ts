/**
 * The tables of the service and the few ways in which they change together. It does not know what a change means.
 *
 * (S1) Every change of a stack's or a resource's status writes its event in the same turn.
 * (S2) Events of a stack, and deleted stacks, are bounded in number.
 */
import type { Clock, Random } from '@crescendo/base';
import type { Records, RecordTable } from '../../../contract/records.ts';
import { uuid } from './identifiers.ts';
import type {
  ChangeSetRecord,
  Configuration,
  EventRecord,
  OperationRecord,
  ResourceRecord,
  SignalRecord,
  StackRecord,
} from './stack-records.ts';

const KEPT_EVENTS = 2_000;
/** Counting them for each one would cost more than keeping a few too many. */
const PRUNED_EVERY = 64;
const KEPT_DELETED_STACKS = 100;

export const STACK_TYPE = 'AWS::CloudFormation::Stack';

/** The two kinds of resource properties that only events carry. */
interface EventDetails {
  readonly physicalId?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly requestToken?: string | undefined;
}

export class StackStore {
  readonly stacks: RecordTable<StackRecord>;
  readonly operations: RecordTable<OperationRecord>;
  /** Rollbacks that failed: ContinueUpdateRollback takes them up. */
  readonly parked: RecordTable<OperationRecord>;
  readonly configurations: RecordTable<Configuration>;
  readonly changeSets: RecordTable<ChangeSetRecord>;
  readonly #resources: RecordTable<ResourceRecord>;
  readonly #events: RecordTable<EventRecord>;
  readonly #signals: RecordTable<SignalRecord>;
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #random: Random;
  #lastEventMs = 0;
  #eventOrder = 0;

  constructor(records: Records, clock: Clock, random: Random) {
    this.#records = records;
    this.#clock = clock;
    this.#random = random;
    this.stacks = records.table('cloudformation/stacks');
    this.operations = records.table('cloudformation/operations');
    this.parked = records.table('cloudformation/parked');
    this.configurations = records.table('cloudformation/configurations');
    this.changeSets = records.table('cloudformation/change-sets');
    this.#resources = records.table('cloudformation/resources');
    this.#events = records.table('cloudformation/events');
    this.#signals = records.table('cloudformation/signals');
    for (const [, { atMs }] of this.#events.entries())
      this.#lastEventMs = Math.max(this.#lastEventMs, atMs + 1);
  }

  durable(): Promise<void> {
    return this.#records.durable();
  }

  nowMs(): number {
    return this.#clock.wallMs();
  }

  /** By name the stack that is not deleted; by id any. */
  findStack(nameOrId: string): StackRecord | undefined {
    const byId = this.stacks.get(nameOrId);
    if (byId !== undefined) return byId;
    for (const [, stack] of this.stacks.entries()) {
      if (stack.stackName === nameOrId && stack.status !== 'DELETE_COMPLETE') return stack;
    }
    return undefined;
  }

  resource(stackId: string, logicalId: string): ResourceRecord | undefined {
    return this.#resources.get(`${stackId} ${logicalId}`);
  }

  resourcesOf(stackId: string): ResourceRecord[] {
    return [...this.#resources.entries(`${stackId} `)].map(([, resource]) => resource);
  }

  putResource(resource: ResourceRecord): void {
    this.#resources.put(`${resource.stackId} ${resource.logicalId}`, resource);
  }

  deleteResource(stackId: string, logicalId: string): void {
    this.#resources.delete(`${stackId} ${logicalId}`);
  }

  /** Writes the resource with a new status, and the event. (S1) */
  setResourceStatus(
    resource: ResourceRecord,
    status: string,
    reason?: string,
    details: EventDetails = {},
  ): ResourceRecord {
    const { statusReason: _, ...rest } = resource;
    const changed: ResourceRecord = {
      ...rest,
      status,
      changedMs: this.nowMs(),
      ...(reason !== undefined && { statusReason: reason }),
    };
    this.putResource(changed);
    const incarnation = resource.making ?? resource.current;
    this.#addEvent(resource.stackId, {
      logicalId: resource.logicalId,
      physicalId: details.physicalId ?? incarnation?.physicalId ?? '',
      type: resource.type,
      status,
      reason,
      properties: details.properties ?? incarnation?.properties,
      requestToken: details.requestToken,
    });
    return changed;
  }

  /** An event about one of the resource's incarnations that leaves the resource's own status as it is. */
  addResourceEvent(resource: ResourceRecord, physicalId: string, status: string, reason?: string): void {
    const { stackId, logicalId, type } = resource;
    this.#addEvent(stackId, {
      logicalId,
      physicalId,
      type,
      status,
      reason,
      properties: undefined,
      requestToken: undefined,
    });
  }

  /** Writes the stack with a new status, and the event. (S1) */
  setStackStatus(stack: StackRecord, status: string, reason?: string, requestToken?: string): StackRecord {
    const { statusReason: _, ...rest } = stack;
    const changed: StackRecord = { ...rest, status, ...(reason !== undefined && { statusReason: reason }) };
    this.stacks.put(stack.stackId, changed);
    this.#addEvent(stack.stackId, {
      logicalId: stack.stackName,
      physicalId: stack.stackId,
      type: STACK_TYPE,
      status,
      reason,
      properties: undefined,
      requestToken,
    });
    return changed;
  }

  /** Newest first. */
  eventsOf(stackId: string): EventRecord[] {
    return [...this.#events.entries(`${stackId} `)].map(([, event]) => event).reverse();
  }

  addSignal(subject: string, signal: SignalRecord): void {
    this.#signals.put(`${subject} ${signal.uniqueId}`, signal);
  }

  /** Each unique id once, with what it said last. A subject is the token of an incarnation or of a wait handle. */
  signalsOf(subject: string): SignalRecord[] {
    return [...this.#signals.entries(`${subject} `)].map(([, signal]) => signal);
  }

  forgetSignals(subject: string): void {
    for (const [key] of [...this.#signals.entries(`${subject} `)]) this.#signals.delete(key);
  }

  /** Forgets the oldest deleted stacks and what nobody refers to. (S2) */
  prune(): void {
    const deleted = [...this.stacks.entries()]
      .map(([, stack]) => stack)
      .filter(({ status }) => status === 'DELETE_COMPLETE')
      .toSorted((one, other) => (other.deletedMs ?? 0) - (one.deletedMs ?? 0));
    for (const { stackId } of deleted.slice(KEPT_DELETED_STACKS)) {
      for (const { logicalId } of this.resourcesOf(stackId)) this.deleteResource(stackId, logicalId);
      for (const [key] of [...this.#events.entries(`${stackId} `)]) this.#events.delete(key);
      this.stacks.delete(stackId);
    }
    this.#pruneConfigurations();
  }

  #pruneConfigurations(): void {
    const used = new Set<string | undefined>();
    for (const [, stack] of this.stacks.entries()) used.add(stack.configurationId);
    for (const [, operation] of this.operations.entries())
      used.add(operation.targetId).add(operation.previousId);
    for (const [, operation] of this.parked.entries()) used.add(operation.targetId).add(operation.previousId);
    for (const [, changeSet] of this.changeSets.entries()) used.add(changeSet.configurationId);
    for (const [id] of [...this.configurations.entries()]) if (!used.has(id)) this.configurations.delete(id);
  }

  #addEvent(
    stackId: string,
    event: Pick<EventRecord, 'logicalId' | 'physicalId' | 'type' | 'status'> & {
      readonly reason: string | undefined;
      readonly properties: Readonly<Record<string, unknown>> | undefined;
      readonly requestToken: string | undefined;
    },
  ): void {
    const { reason, properties, requestToken, ...rest } = event;
    const stack = this.stacks.get(stackId);
    const atMs = this.#nextEventMs();
    const order = String(++this.#eventOrder).padStart(9, '0');
    this.#events.put(`${stackId} ${String(atMs).padStart(15, '0')}-${order}`, {
      ...rest,
      eventId: uuid(this.#random),
      stackId,
      stackName: stack?.stackName ?? '',
      atMs,
      ...(reason !== undefined && { reason }),
      ...(properties !== undefined && { properties: JSON.stringify(properties) }),
      ...(requestToken !== undefined && { requestToken }),
    });
    if (this.#eventOrder % PRUNED_EVERY === 0) this.#pruneEvents(stackId);
  }

  #pruneEvents(stackId: string): void {
    const keys = [...this.#events.entries(`${stackId} `)].map(([key]) => key);
    for (const key of keys.slice(0, Math.max(0, keys.length - KEPT_EVENTS))) this.#events.delete(key);
  }

  /** No two events have the same time, also after the clock was set back: programs that watch a stack sort its events by it. */
  #nextEventMs(): number {
    this.#lastEventMs = Math.max(this.#lastEventMs + 1, this.nowMs());
    return this.#lastEventMs;
  }
}
