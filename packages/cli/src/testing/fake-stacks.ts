/** A CloudFormation with one kind of resource, whose operations go one step on at every pause. */
import type { Stack, StackClient, StackEvent, StackRequest } from '../deploy/stack-client.ts';

interface FakeStack {
  stack: Stack;
  events: StackEvent[];
  steps: (() => void)[];
}

export class FakeStacks implements StackClient {
  readonly requests: string[] = [];
  /** Why the next creations and updates fail. */
  failure: string | undefined;
  /** Updates find nothing to change. */
  unchanged = false;
  readonly #stacks = new Map<string, FakeStack>();
  #events = 0;

  /** As time does. */
  advance(): void {
    for (const { steps } of this.#stacks.values()) steps.shift()?.();
  }

  async describe(nameOrId: string): Promise<Stack | undefined> {
    const byId = this.#stacks.get(nameOrId)?.stack;
    return (
      byId ??
      [...this.#stacks.values()].find(
        ({ stack }) => stack.StackName === nameOrId && stack.StackStatus !== 'DELETE_COMPLETE',
      )?.stack
    );
  }

  async create(request: StackRequest): Promise<string> {
    this.requests.push(`create ${request.stackName} ${shown(request)}`);
    const StackId = `arn:${request.stackName}:${this.#stacks.size}`;
    const stack: Stack = {
      StackName: request.stackName,
      StackId,
      CreationTime: new Date(0),
      StackStatus: 'CREATE_IN_PROGRESS',
    };
    this.#stacks.set(StackId, { stack, events: [], steps: [] });
    this.#begin(
      StackId,
      request,
      'CREATE',
      this.failure === undefined ? 'CREATE_COMPLETE' : 'ROLLBACK_COMPLETE',
    );
    return StackId;
  }

  async update(request: StackRequest): Promise<boolean> {
    if (this.unchanged) return false;
    this.requests.push(`update ${request.stackName} ${shown(request)}`);
    const { StackId } = (await this.describe(request.stackName))!;
    this.#begin(
      StackId!,
      request,
      'UPDATE',
      this.failure === undefined ? 'UPDATE_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE',
    );
    return true;
  }

  async remove(stackId: string): Promise<void> {
    const { stack } = this.#stacks.get(stackId)!;
    this.requests.push(`remove ${stack.StackName}`);
    this.#begin(stackId, undefined, 'DELETE', 'DELETE_COMPLETE');
  }

  async events(stackId: string): Promise<readonly StackEvent[]> {
    return this.#stacks.get(stackId)!.events.toReversed();
  }

  async preview({ stackName }: StackRequest, kind: 'CREATE' | 'UPDATE'): ReturnType<StackClient['preview']> {
    this.requests.push(`preview ${kind} ${stackName}`);
    return {
      changes: [
        { ResourceChange: { Action: 'Add', LogicalResourceId: 'Topic', ResourceType: 'AWS::SNS::Topic' } },
      ],
    };
  }

  close(): void {}

  #begin(stackId: string, request: StackRequest | undefined, verb: string, end: string): void {
    const fake = this.#stacks.get(stackId)!;
    const change = (StackStatus: string): void => {
      fake.stack = { ...fake.stack, StackStatus: StackStatus as NonNullable<Stack['StackStatus']> };
    };
    change(`${verb}_IN_PROGRESS`);
    if (request !== undefined) {
      const Parameters = request.parameters.map((one) => ({ ...one, UsePreviousValue: undefined }));
      fake.stack = { ...fake.stack, Parameters, Outputs: [{ OutputKey: 'Arn', OutputValue: 'arn:topic' }] };
    }
    const tell = (status: string, reason?: string): void =>
      void fake.events.push(this.#event(stackId, status, reason));
    const failed = verb !== 'DELETE' && this.failure !== undefined;
    fake.steps.push(
      () => tell(`${verb}_IN_PROGRESS`),
      () => tell(`${verb}_${failed ? 'FAILED' : 'COMPLETE'}`, failed ? this.failure : undefined),
      () => change(end),
    );
  }

  #event(StackId: string, status: string, reason: string | undefined): StackEvent {
    const number = ++this.#events;
    return {
      StackId,
      StackName: 'web',
      EventId: `e${number}`,
      Timestamp: new Date(number * 1_000),
      LogicalResourceId: 'Topic',
      ResourceType: 'AWS::SNS::Topic',
      ResourceStatus: status as NonNullable<StackEvent['ResourceStatus']>,
      ...(reason !== undefined && { ResourceStatusReason: reason }),
    };
  }
}

function shown({ parameters }: StackRequest): string {
  return parameters
    .map(({ ParameterKey, ParameterValue }) => `${ParameterKey}=${ParameterValue ?? '(previous)'}`)
    .join(' ');
}
