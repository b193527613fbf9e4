/** A CloudFormation service over fake services, records in memory and a clock that stands still, and how tests drive it. */
import assert from 'node:assert/strict';
import { seededRandom } from '@crescendo/base';
import type { RequestContext } from '../../../contract/service.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { MemoryRecords } from '../../../testing/memory-records.ts';
import { type CloudFormation, createCloudFormationService } from '../index.ts';
import { FakeCloud } from './fake-cloud.ts';

const STEP_MS = 1_000;
const MOST_STEPS = 4_000;

export interface ShownStack {
  readonly StackId: string;
  readonly StackStatus: string;
  readonly StackStatusReason?: string;
  readonly Outputs: readonly { readonly OutputKey: string; readonly OutputValue: string }[];
  readonly Parameters: readonly { readonly ParameterKey: string; readonly ParameterValue: string }[];
  readonly Tags: readonly unknown[];
}

export interface ShownEvent {
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId: string;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
}

export class StackBench {
  readonly clock = new ManualClock();
  readonly cloud = new FakeCloud(this.clock);
  records = new MemoryRecords();
  service!: CloudFormation;
  broken: unknown[] = [];
  #starts = 0;

  constructor() {
    this.#create();
  }

  #create(): void {
    this.service = createCloudFormationService({
      records: this.records,
      caller: this.cloud,
      clock: this.clock,
      random: seededRandom(1 + this.#starts++),
      accountId: '000000000000',
      region: 'us-east-1',
      zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
      buckets: this.cloud.bucketPort,
      waitUrl: (token) => `http://127.0.0.1:4566/_crescendo/wait/${token}`,
      onBroken: (_stackId, error) => this.broken.push(error),
    });
  }

  /** What a process that starts after a kill finds: only what was on disk. */
  restartAfterKill(): void {
    // The killed one answers nobody and writes to records that nobody reads any more.
    void this.service.stop();
    this.records = this.records.afterCrash();
    this.cloud.revive();
    this.#create();
  }

  async start(): Promise<void> {
    await this.service.start();
  }

  async call<Output = Record<string, unknown>>(operation: string, input: object): Promise<Output> {
    const handler = this.service.service.operations[operation];
    assert.ok(handler, operation);
    const context: RequestContext = {
      accountId: '000000000000',
      region: 'us-east-1',
      requestId: 'r',
      accessKeyId: 'test',
      nowMs: this.clock.wallMs(),
    };
    const output = await handler(input as never, context);
    await this.records.durable();
    return output as Output;
  }

  async stack(name: string): Promise<ShownStack> {
    const { Stacks } = await this.call<{ Stacks: ShownStack[] }>('DescribeStacks', { StackName: name });
    return Stacks[0]!;
  }

  async events(name: string): Promise<ShownEvent[]> {
    const found: ShownEvent[] = [];
    let NextToken: string | undefined;
    do {
      const page: { StackEvents: ShownEvent[]; NextToken?: string } = await this.call('DescribeStackEvents', {
        StackName: name,
        NextToken,
      });
      found.push(...page.StackEvents);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found.reverse();
  }

  /** `Group CREATE_COMPLETE`, oldest first. */
  async story(name: string): Promise<string[]> {
    return (await this.events(name)).map(
      ({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`,
    );
  }

  async reasons(name: string): Promise<string> {
    return (await this.events(name)).map(({ ResourceStatusReason }) => ResourceStatusReason ?? '').join('\n');
  }

  /** Lets time pass until the stack rests; returns its status. */
  async settle(stackId: string): Promise<string> {
    return await this.until(async () => {
      const { StackStatus } = await this.stack(stackId);
      return StackStatus.endsWith('_IN_PROGRESS') ? undefined : StackStatus;
    });
  }

  async until<T>(test: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (let step = 0; step < MOST_STEPS; step++) {
      const found = await test();
      if (found !== undefined) return found;
      assert.deepEqual(this.broken, []);
      await this.clock.run(STEP_MS);
    }
    throw new Error('it did not come about');
  }

  async create(name: string, template: string, more: object = {}): Promise<string> {
    const { StackId } = await this.call<{ StackId: string }>('CreateStack', {
      StackName: name,
      TemplateBody: template,
      ...more,
    });
    return StackId;
  }

  /** Creates and waits until it is there. */
  async created(name: string, template: string, more: object = {}): Promise<string> {
    const stackId = await this.create(name, template, more);
    assert.equal(await this.settle(stackId), 'CREATE_COMPLETE', await this.reasons(stackId));
    return stackId;
  }

  async update(name: string, template: string, more: object = {}): Promise<void> {
    await this.call('UpdateStack', { StackName: name, TemplateBody: template, ...more });
  }
}

export async function startedBench(): Promise<StackBench> {
  const bench = new StackBench();
  await bench.start();
  return bench;
}
