/**
 * The other services of the cloud, as far as stacks use them: state that outlives a restart of the CloudFormation service, and a way to
 * fail or to kill at any call. It knows nothing of stacks.
 */
import type { Clock } from '@crescendo/base';
import { AwsError, type ServiceCaller } from '../../../contract/service.ts';
import type { BucketPort } from '../ports.ts';
import { FakeGroups } from './fake-groups.ts';
import { FakeTopics } from './fake-topics.ts';

export interface FakeCall {
  readonly number: number;
  readonly service: string;
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

/**
 * What becomes of a call: as it should, an error instead of it, the error although it was carried out, no answer although it was, or the
 * cloud is killed before or after it.
 */
export type Fault =
  | AwsError
  | { readonly late: AwsError }
  | 'silent'
  | 'kill-before'
  | 'kill-after'
  | undefined;

type Item = Record<string, unknown>;

export class FakeCloud implements ServiceCaller {
  readonly clock: Clock;
  readonly calls: FakeCall[] = [];
  readonly groups: FakeGroups;
  readonly topics: FakeTopics;
  /** Kind -> id -> what was given. */
  readonly things = new Map<string, Map<string, Item>>();
  readonly buckets = new Map<string, Map<string, string>>();
  fault: (call: FakeCall) => Fault = () => undefined;
  /** Set by a kill: nothing is answered any more. */
  killed = false;
  onKill: () => void = () => {};
  #ids = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.groups = new FakeGroups(this);
    this.topics = new FakeTopics(this);
  }

  kind(name: string): Map<string, Item> {
    let items = this.things.get(name);
    if (items === undefined) {
      items = new Map();
      this.things.set(name, items);
    }
    return items;
  }

  newId(prefix: string): string {
    return `${prefix}-${(++this.#ids).toString(16).padStart(17, '0')}`;
  }

  async call<Output>(service: string, operation: string, input: object): Promise<Output> {
    if (this.killed) return await never();
    const call: FakeCall = {
      number: this.calls.length,
      service,
      operation,
      input: structuredClone(input) as Record<string, unknown>,
    };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault instanceof AwsError) throw fault;
    if (fault === 'kill-before') return await this.#kill();
    const output = this.#carryOut(call);
    if (fault === 'kill-after') return await this.#kill();
    if (fault === 'silent') return await never();
    if (fault !== undefined) throw fault.late;
    // What a service answers belongs to the caller.
    return structuredClone(output) as Output;
  }

  async #kill(): Promise<never> {
    this.killed = true;
    this.onKill();
    return await never();
  }

  /** After a kill: the services answer the next cloud. */
  revive(): void {
    this.killed = false;
    this.fault = () => undefined;
  }

  /** Kinds and ids of everything that exists, for comparison. */
  inventory(): string[] {
    const things = [...this.things].flatMap(([kind, items]) =>
      [...items.keys()].map((id) => `${kind} ${id.replace(/[0-9A-Z]{12}$/, '#')}`),
    );
    return [
      ...things,
      ...this.groups.inventory(),
      ...[...this.buckets.keys()].map((name) => `bucket ${name}`),
    ].sort();
  }

  #carryOut({ service, operation, input }: FakeCall): unknown {
    if (service === 'autoscaling') return this.groups.handle(operation, input);
    if (service === 'sns') return this.topics.handle(operation, input);
    const handler = this.#handlers[operation];
    if (handler === undefined) throw new AwsError('InvalidAction', `${service} has no ${operation}`);
    return handler(input);
  }

  readonly #handlers: Readonly<Record<string, (input: Item) => unknown>> = {
    DescribeVpcs: () => ({ Vpcs: [{ VpcId: 'vpc-1' }] }),
    DescribeSubnets: (input) => ({
      Subnets: [{ SubnetId: `subnet-${firstFilter(input)}`, CidrBlock: '127.0.0.0/24' }],
    }),
    CreateSecurityGroup: (input) => ({
      GroupId: this.#createNamed('security-group', input, 'GroupName', 'InvalidGroup.Duplicate', 'sg'),
    }),
    DescribeSecurityGroups: (input) => ({
      SecurityGroups: [...this.kind('security-group')]
        .filter(([, group]) => group['GroupName'] === firstFilter(input))
        .map(([id, group]) => ({ GroupId: id, Tags: tagsOf(group) })),
    }),
    DeleteSecurityGroup: (input) => this.#removeGroup(String(input['GroupId'])),
    AuthorizeSecurityGroupIngress: (input) => this.#rule('ingress', input),
    AuthorizeSecurityGroupEgress: (input) => this.#rule('egress', input),
    RevokeSecurityGroupIngress: (input) => this.#remove('ingress', ruleKey(input)),
    RevokeSecurityGroupEgress: (input) => this.#remove('egress', ruleKey(input)),
    CreateTags: () => ({}),
    DeleteTags: () => ({}),
    CreateLaunchTemplate: (input) => ({ LaunchTemplate: this.#launchTemplate(input) }),
    CreateLaunchTemplateVersion: (input) => this.#launchTemplateVersion(input),
    DescribeLaunchTemplates: (input) => ({
      LaunchTemplates: (input['LaunchTemplateIds'] as string[]).map((id) =>
        this.kind('launch-template').get(id),
      ),
    }),
    DeleteLaunchTemplate: (input) => this.#remove('launch-template', String(input['LaunchTemplateId'])),
    RunInstances: (input) => ({ Instances: [{ InstanceId: this.#once('instance', input, 'i') }] }),
    DescribeInstances: (input) => ({
      Reservations: (input['InstanceIds'] as string[])
        .filter((id) => this.kind('instance').has(id))
        .map((id) => ({
          Instances: [{ InstanceId: id, State: { Name: 'running' }, PrivateIpAddress: '127.0.0.9' }],
        })),
    }),
    TerminateInstances: (input) => this.#remove('instance', (input['InstanceIds'] as string[])[0]!),
    CreateKeyPair: (input) => ({
      KeyPairId: this.#createNamed('key-pair', input, 'KeyName', 'InvalidKeyPair.Duplicate'),
    }),
    DescribeKeyPairs: () => ({ KeyPairs: [{ KeyPairId: 'key-1', KeyFingerprint: 'f' }] }),
    DeleteKeyPair: (input) => this.#remove('key-pair', String(input['KeyName'])),
    PutMetricAlarm: (input) => this.#put('alarm', String(input['AlarmName']), input),
    PutCompositeAlarm: (input) => this.#put('alarm', String(input['AlarmName']), input),
    DescribeAlarms: (input) => ({
      MetricAlarms: (input['AlarmNames'] as string[])
        .filter((name) => this.kind('alarm').has(name))
        .map((name) => ({ AlarmArn: `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${name}` })),
    }),
    DeleteAlarms: (input) => this.#remove('alarm', (input['AlarmNames'] as string[])[0]!),
    PutDashboard: (input) => this.#put('dashboard', String(input['DashboardName']), input),
    DeleteDashboards: (input) => this.#remove('dashboard', (input['DashboardNames'] as string[])[0]!),
    PutParameter: (input) => this.#parameter(input),
    GetParameter: (input) => {
      const parameter = this.kind('parameter').get(String(input['Name']).split(':')[0]!);
      if (parameter === undefined)
        throw new AwsError('ParameterNotFound', `there is no parameter ${input['Name']}`);
      return { Parameter: { Value: parameter['Value'] } };
    },
    DeleteParameter: (input) => this.#remove('parameter', String(input['Name'])),
  };

  #put(kind: string, id: string, input: Item): object {
    this.kind(kind).set(id, input);
    return {};
  }

  #remove(kind: string, id: string): object {
    this.kind(kind).delete(id);
    return {};
  }

  /** Its rules go with it. */
  #removeGroup(id: string): object {
    for (const kind of ['ingress', 'egress']) {
      for (const key of [...this.kind(kind).keys()])
        if (key.startsWith(`${id} `)) this.kind(kind).delete(key);
    }
    return this.#remove('security-group', id);
  }

  #rule(kind: string, input: Item): object {
    if (this.kind(kind).has(ruleKey(input)))
      throw new AwsError('InvalidPermission.Duplicate', 'there is such a rule');
    return this.#put(kind, ruleKey(input), input);
  }

  #createNamed(kind: string, input: Item, name: string, code: string, prefix?: string): string {
    const items = this.kind(kind);
    if ([...items.values()].some((item) => item[name] === input[name]))
      throw new AwsError(code, `${input[name]} exists`);
    const id = prefix === undefined ? String(input[name]) : this.newId(prefix);
    items.set(id, input);
    return id;
  }

  #once(kind: string, input: Item, prefix: string): string {
    for (const [id, item] of this.kind(kind)) if (item['ClientToken'] === input['ClientToken']) return id;
    const id = this.newId(prefix);
    this.kind(kind).set(id, input);
    return id;
  }

  #launchTemplate(input: Item): Item {
    const id = this.#once('launch-template', input, 'lt');
    const template = this.kind('launch-template').get(id)!;
    if (template['LaunchTemplateId'] === undefined) {
      Object.assign(template, {
        LaunchTemplateId: id,
        DefaultVersionNumber: 1,
        LatestVersionNumber: 1,
        versions: [],
      });
    }
    return template;
  }

  #launchTemplateVersion(input: Item): object {
    const template = this.kind('launch-template').get(String(input['LaunchTemplateId']))!;
    const versions = template['versions'] as unknown[];
    if (!versions.includes(input['ClientToken'])) {
      versions.push(input['ClientToken']);
      template['LatestVersionNumber'] = Number(template['LatestVersionNumber']) + 1;
      template['LaunchTemplateData'] = input['LaunchTemplateData'];
    }
    return {};
  }

  #parameter(input: Item): object {
    const name = String(input['Name']);
    if (input['Overwrite'] !== true && this.kind('parameter').has(name))
      throw new AwsError('ParameterAlreadyExists', `${name} exists`);
    return this.#put('parameter', name, input);
  }

  get bucketPort(): BucketPort {
    return {
      exists: async (name) => this.buckets.has(name),
      create: async (name) => void this.buckets.set(name, new Map()),
      remove: async (name) => void this.buckets.delete(name),
      setVersioning: async () => {},
      setNotifications: async (name, queues) => {
        const missing = queues.find(({ Queue }) => Queue.endsWith(':missing'));
        if (missing !== undefined) throw new Error(`${missing.Queue}: the destination queue does not exist`);
        this.kind('notifications').set(name, { queues });
      },
      readText: async (name, key) => this.buckets.get(name)?.get(key),
    };
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function firstFilter(input: Item): string {
  const filters = input['Filters'] as { readonly Values: readonly string[] }[] | undefined;
  return filters?.[0]?.Values[0] ?? '';
}

function tagsOf(item: Item): unknown {
  return (item['TagSpecifications'] as { readonly Tags: unknown }[] | undefined)?.[0]?.Tags;
}

function ruleKey(input: Item): string {
  return `${input['GroupId']} ${JSON.stringify(input['IpPermissions'])}`;
}
