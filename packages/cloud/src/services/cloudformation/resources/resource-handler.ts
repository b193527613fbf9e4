/**
 * How one type of resource is made, changed and deleted, over the operations of other services.
 *
 * (H1) `create` with the same token makes one resource however often it is called: a step that a crash interrupted is taken again.
 * (H2) `made` is called as soon as there is something to delete, before anything else can fail.
 * (H3) `update` brings the resource to the given properties whatever an interrupted update left.
 * (H4) `remove` of something that is gone is no error, and returns when it is gone.
 */
import type { Clock } from '@crescendo/base';
import type { CreationPolicy, UpdatePolicy } from '../../../templates/index.ts';
import type { BucketPort } from '../ports.ts';
import type { SignalRecord, Tag } from '../state/stack-records.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** What `Ref` and `Fn::GetAtt` give. */
export interface Made {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ResourceStep {
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly accountId: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly clock: Clock;
  readonly buckets: BucketPort | undefined;
  /** Throws `AwsError`. */
  call<Output>(signingName: string, operation: string, input: object): Promise<Output>;
  /** An event that the resource is still at it, and why. */
  progress(reason: string): void;
  /** Pauses; throws `StepCancelled` when the operation is called off, `ServiceStopped` when the cloud stops. */
  wait(ms: number): Promise<void>;
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** What this step remembered under the name, before a restart too. */
  recall(name: string): unknown;
  remember(name: string, value: string | number): void;
  /** Signals for a resource's incarnation or a wait handle, by its token. */
  signals(subject: string): readonly SignalRecord[];
  waitUrl(token: string): string;
}

export interface CreateRequest {
  readonly token: string;
  /** In the types of their shapes, dynamic references resolved. */
  readonly properties: Properties;
  /** The stack's, with CloudFormation's own. */
  readonly tags: readonly Tag[];
  readonly creationPolicy: CreationPolicy;
  /** True when an earlier try may have made it. */
  readonly again: boolean;
  /** When the creation began. */
  readonly begunMs: number;
  /** Records the id (H2). */
  readonly made: (physicalId: string) => void;
  /** A name of its own, at most `limit` long. */
  readonly name: (limit?: number) => string;
}

export interface UpdateRequest {
  readonly token: string;
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly properties: Properties;
  /** What it had before this update. */
  readonly previous: Properties;
  readonly tags: readonly Tag[];
  readonly updatePolicy: UpdatePolicy;
  readonly creationPolicy: CreationPolicy;
  /** Unique for this update, the same when it is tried again. */
  readonly updateToken: string;
  readonly begunMs: number;
  readonly again: boolean;
}

export interface RemoveRequest {
  readonly token: string;
  readonly physicalId: string;
  readonly properties: Properties;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ResourceHandler {
  readonly type: string;
  create(request: CreateRequest, step: ResourceStep): Promise<Made>;
  /** Absent when no property can change without a new resource; then changes of inert ones are only recorded. */
  update?(request: UpdateRequest, step: ResourceStep): Promise<Made>;
  /** Whether this change, none of whose properties asks for it, needs a new resource all the same. */
  replaces?(request: Pick<UpdateRequest, 'properties' | 'previous' | 'updatePolicy'>): boolean;
  remove(request: RemoveRequest, step: ResourceStep): Promise<void>;
}

/** The step was called off, because another one failed or the person said so. */
export class StepCancelled extends Error {
  override readonly name = 'StepCancelled';
}

/** The cloud stops: nothing more is done or written; the step is taken again at the next start. */
export class ServiceStopped extends Error {
  override readonly name = 'ServiceStopped';
}
