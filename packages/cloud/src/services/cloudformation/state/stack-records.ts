/** What is remembered of stacks. Everything is plain data. */
import type { CreationPolicy, DeletionPolicy, UpdatePolicy } from '../../../templates/index.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** A template with its parameters: what a stack is or shall become. */
export interface Configuration {
  readonly configurationId: string;
  readonly templateBody: string;
  /** What was given for each parameter, and what the parameter store said at that time. */
  readonly parameters: Readonly<Record<string, { readonly given: string; readonly resolved?: string }>>;
  readonly tags: readonly Tag[];
  readonly capabilities: readonly string[];
  readonly notificationArns: readonly string[];
}

export interface OutputRecord {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

export interface StackRecord {
  readonly stackId: string;
  readonly stackName: string;
  /** As AWS names them, for example `UPDATE_ROLLBACK_COMPLETE`. */
  readonly status: string;
  readonly statusReason?: string;
  readonly createdMs: number;
  readonly updatedMs?: number;
  readonly deletedMs?: number;
  /** What the stack is; absent until it was created. */
  readonly configurationId?: string;
  readonly outputs: readonly OutputRecord[];
  /** Names that it imports from other stacks. */
  readonly imports: readonly string[];
  readonly terminationProtection: boolean;
  readonly onFailure: OnFailure;
  readonly timeoutMinutes?: number;
  readonly roleArn?: string;
  readonly policy?: string;
  readonly changeSetId?: string;
  readonly lastRequestToken?: string;
}

/**
 * What is being done to a stack.
 * - `apply`: resources are made and changed towards the target.
 * - `restore`: they are changed back to what the stack was.
 * - `cleanup`: what the stack no longer has is deleted.
 * - `remove`: everything is deleted.
 */
export type Phase = 'apply' | 'restore' | 'cleanup' | 'remove';

export interface OperationRecord {
  readonly operationId: string;
  readonly stackId: string;
  readonly kind: 'create' | 'update' | 'delete';
  readonly phase: Phase;
  /** Where `apply` leads. */
  readonly targetId?: string;
  /** Where `restore` leads. */
  readonly previousId?: string;
  readonly startedMs: number;
  readonly requestToken?: string;
  /** Present once something failed or was called off: why. */
  readonly failure?: string;
  /** Resources whose step failed in this phase. */
  readonly failed: readonly string[];
  /** Of a deletion: logical ids to leave alone. Of a rollback that goes on: those to pass over. */
  readonly spared: readonly string[];
  /** Leave what was made when something fails. */
  readonly keepOnFailure: boolean;
}

/** One physical resource that a logical one has, had or is getting. */
export interface Incarnation {
  /** Unique; names and client tokens are made from it, so asking twice makes one. */
  readonly token: string;
  readonly type: string;
  /** Absent until the service has answered. */
  readonly physicalId?: string;
  /** Before dynamic references are resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Logical ids that were needed when it was made or last changed. */
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  /** When the service was first asked: from then on its creation may have happened. */
  readonly begunMs?: number;
  /** Its creation failed for certain, so without a physical id there is nothing. */
  readonly failed?: true;
  /** Made by an operation that is being rolled back: it never becomes current again. */
  readonly superseded?: true;
  /** Tags and metadata it was made with, to see when they change. */
  readonly tags: readonly Tag[];
  readonly metadata?: unknown;
  readonly creationPolicy?: CreationPolicy;
  readonly updatePolicy?: UpdatePolicy;
}

export interface ResourceRecord {
  readonly stackId: string;
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly changedMs: number;
  /** What `Ref` stands for. */
  readonly current?: Incarnation;
  /** Is being made. */
  readonly making?: Incarnation;
  /** Were replaced in this operation and wait for the cleanup, newest first. */
  readonly replaced: readonly Incarnation[];
  /** Present while a change of `current` has begun and is not known to have ended: what it leads to, and since when. */
  readonly changing?: { readonly properties: Readonly<Record<string, unknown>>; readonly begunMs: number };
  /** Of a resource that is gone: what it was. */
  readonly lastPhysicalId?: string;
  /** What the step on it remembers. */
  readonly notes?: Readonly<Record<string, string | number>>;
  /** `operationId/phase` whose step on this resource is done. */
  readonly doneIn?: string;
}

export interface EventRecord {
  readonly eventId: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly atMs: number;
  /** JSON of the properties, of resources. */
  readonly properties?: string;
  readonly requestToken?: string;
}

export interface SignalRecord {
  readonly uniqueId: string;
  readonly status: 'SUCCESS' | 'FAILURE';
  readonly atMs: number;
  /** Of a wait condition. */
  readonly data?: string;
  readonly reason?: string;
}

export interface ChangeSetRecord {
  readonly changeSetId: string;
  readonly changeSetName: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly changeSetType: 'CREATE' | 'UPDATE';
  readonly status: string;
  readonly statusReason?: string;
  readonly executionStatus: string;
  readonly description?: string;
  readonly createdMs: number;
  readonly configurationId: string;
  readonly onFailure?: OnFailure;
  readonly requestToken?: string;
  /** In the shape of the API. */
  readonly changes: readonly unknown[];
}
