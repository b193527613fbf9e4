/** Signals from instances: SignalResource, and PUT to the URL of a wait condition's handle. */
import type { SignalResourceInput } from '@aws-sdk/client-cloudformation';
import type { OperationHandler } from '../../../contract/service.ts';
import type { StackStore } from '../state/stack-store.ts';
import { noSuchStack, requiredText, validationError } from './operation-errors.ts';

export class SignalOperations {
  readonly #store: StackStore;

  constructor(store: StackStore) {
    this.#store = store;
  }

  get operations(): Readonly<Record<string, OperationHandler>> {
    return { SignalResource: (input: SignalResourceInput) => this.#signal(input) } as Readonly<
      Record<string, OperationHandler>
    >;
  }

  #signal(input: SignalResourceInput): object {
    const name = requiredText(input.StackName, 'stackName');
    const logicalId = requiredText(input.LogicalResourceId, 'logicalResourceId');
    const uniqueId = requiredText(input.UniqueId, 'uniqueId');
    const status = input.Status;
    if (status !== 'SUCCESS' && status !== 'FAILURE')
      throw validationError(`Status must be SUCCESS or FAILURE, and it is ${status}`);
    const stack = this.#store.findStack(name);
    if (stack === undefined) throw noSuchStack(name);
    const record = this.#store.resource(stack.stackId, logicalId);
    if (record === undefined)
      throw validationError(`Resource ${logicalId} does not exist for stack ${stack.stackName}`);
    const waits = record.status.endsWith('_IN_PROGRESS');
    const subject = (record.making ?? record.current)?.token;
    // After the time for them signals change nothing, as CloudFormation has it.
    if (!waits || subject === undefined) {
      throw validationError(
        `Signal is not expected: resource ${logicalId} is in ${record.status} state and cannot be signaled`,
      );
    }
    const known = this.#store
      .signalsOf(subject)
      .some((signal) => signal.uniqueId === uniqueId && signal.status === status);
    if (known) return {};
    this.#store.addSignal(subject, { uniqueId, status, atMs: this.#store.nowMs() });
    this.#store.setResourceStatus(
      record,
      record.status,
      `Received ${status} signal with UniqueId ${uniqueId}`,
    );
    return {};
  }

  /** The body of a PUT to a handle's URL: `{"Status", "UniqueId", "Data", "Reason"}`. Throws `AwsError` when it is no signal. */
  receiveWaitSignal(token: string, body: string): void {
    const signal = parseSignal(body);
    const status = signal['Status'];
    if ((status !== 'SUCCESS' && status !== 'FAILURE') || typeof signal['UniqueId'] !== 'string') {
      throw validationError(
        'a signal is JSON with Status (SUCCESS or FAILURE) and UniqueId, and may have Data and Reason',
      );
    }
    const { Data, Reason } = signal;
    this.#store.addSignal(token, {
      uniqueId: signal['UniqueId'],
      status,
      atMs: this.#store.nowMs(),
      ...(Data !== undefined && { data: String(Data) }),
      ...(Reason !== undefined && { reason: String(Reason) }),
    });
  }
}

function parseSignal(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
