/** Makes the services, connects them with each other, and starts them in order (K1). */
import { join } from 'node:path';
import type { Clock, Random } from '@crescendo/base';
import { type Agent, createAgent } from '../agent/index.ts';
import type { Records } from '../contract/records.ts';
import type { InstanceProvider } from '../instances/instance-provider.ts';
import { type AutoScaling, createAutoScalingService } from '../services/autoscaling/index.ts';
import { type CloudFormation, createCloudFormationService } from '../services/cloudformation/index.ts';
import { type AlarmActionEvent, type CloudWatch, createCloudWatch } from '../services/cloudwatch/index.ts';
import { createDynamoDbService, type DynamoDb } from '../services/dynamodb/index.ts';
import { createEc2Service, type Ec2 } from '../services/ec2/index.ts';
import { createSnsService, type Sns } from '../services/sns/index.ts';
import { createSqsService, type Sqs } from '../services/sqs/index.ts';
import { createSecretBox, createSsmService, readOrMakeKey } from '../services/ssm/index.ts';
import { createStsService } from '../services/sts/index.ts';
import type { ServiceRegistry } from '../wire/service-registry.ts';
import { CONFIRM_PREFIX, SIGNAL_PREFIX } from '../wire/signal-door.ts';
import { announcer, tellOfAlarm } from './announcements.ts';
import type { CloudEvent, CloudOptions } from './cloud-options.ts';
import { ownBuckets } from './own-buckets.ts';
import type { StartedParts } from './started-parts.ts';

export interface ServicePorts {
  readonly options: CloudOptions;
  readonly records: Records;
  readonly registry: ServiceRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  readonly region: string;
  /** Where clients and instances on this machine reach the cloud. */
  readonly endpoint: string;
  readonly log: (event: CloudEvent) => void;
}

export interface CloudServices {
  readonly ec2: Ec2;
  readonly autoScaling: AutoScaling;
  readonly cloudWatch: CloudWatch;
  readonly cloudFormation: CloudFormation;
  readonly sns: Sns;
  readonly sqs: Sqs;
  readonly dynamoDb: DynamoDb;
  readonly agent: Agent;
}

/** Makes all services known to the registry; nothing runs yet. */
export function makeServices(ports: ServicePorts, provider: InstanceProvider): CloudServices {
  const { options, records, registry, clock, random, accountId, region, endpoint, log } = ports;
  const place = { accountId, region };
  const time = { clock, speed: options.speed ?? 1 };
  const warn = (event: string) => (line: string) => log({ level: 'warn', event, detail: { line } });
  const ec2 = createEc2Service({
    ...place,
    records,
    clock,
    random,
    provider,
    services: registry,
    endpointUrl: () => endpoint,
    credentials: options.credentials[0],
    ...(options.mayDeleteVolume === undefined ? {} : { mayDeleteVolume: options.mayDeleteVolume }),
    log: warn('ec2'),
  });
  const { compute } = ec2;
  const autoScaling = createAutoScalingService({
    ...place,
    records,
    time,
    random,
    compute,
    services: registry,
    publish: announcer(
      registry,
      accountId,
      (arn, subject, message) => sns.announce(arn, subject, message),
      warn('autoscaling'),
    ),
    log: warn('autoscaling'),
  });
  const cloudWatch = createCloudWatch({
    ...place,
    records,
    time,
    onAlarmAction: (event) =>
      carryOut(event, autoScaling, (arn) => tellOfAlarm(event, arn, { registry, sns, ...place })),
  });
  const sqs = createSqsService({
    ...place,
    folder: join(options.dataDir, 'queues'),
    records,
    time,
    random,
    services: registry,
    endpointUrl: () => endpoint,
    log: warn('sqs'),
  });
  const sns = createSnsService({
    ...place,
    records,
    clock,
    random,
    services: registry,
    confirmUrl: (token) => `${endpoint}${CONFIRM_PREFIX}${token}`,
    log: warn('sns'),
  });
  const cloudFormation = makeCloudFormation(ports, place);
  const secrets = createSecretBox(readOrMakeKey(join(options.dataDir, 'parameter-key')));
  const ssm = createSsmService({ ...place, records, secrets });
  const dynamoDb = makeDynamoDb(ports);
  for (const part of [ec2, autoScaling, cloudWatch, cloudFormation, sns, sqs, ssm, createStsService()]) {
    registry.add(part.service);
  }
  for (const service of dynamoDb.all) registry.add(service);
  const agent = createAgent({
    ...time,
    provider,
    services: registry,
    instances: () => ec2.runningInstances(),
    isWarming: (instanceId) => autoScaling.groupOf(instanceId)?.isWarming === true,
    log: warn('agent'),
  });
  return { ec2, autoScaling, cloudWatch, cloudFormation, sns, sqs, dynamoDb, agent };
}

function makeDynamoDb({ options, records, registry, clock, accountId, region, log }: ServicePorts): DynamoDb {
  return createDynamoDbService({
    ...{ accountId, region, records },
    time: { clock, speed: options.speed ?? 1 },
    folder: join(options.dataDir, 'tables'),
    services: registry,
    log: (line) => log({ level: 'warn', event: 'dynamodb', detail: { line } }),
    onFailure: ({ message }) => log({ level: 'error', event: 'tables failed', detail: { reason: message } }),
  });
}

function makeCloudFormation(
  { options, records, registry, clock, random, endpoint, log }: ServicePorts,
  place: { readonly accountId: string; readonly region: string },
): CloudFormation {
  const buckets =
    options.s3 === undefined
      ? {}
      : { buckets: ownBuckets(() => endpoint, options.credentials[0], place.region) };
  return createCloudFormationService({
    ...place,
    ...buckets,
    records,
    caller: registry,
    clock,
    random,
    zones: ['a', 'b', 'c'].map((letter) => place.region + letter),
    waitUrl: (token) => `${endpoint}${SIGNAL_PREFIX}${token}`,
    onBroken: (stackId, error) =>
      log({ level: 'error', event: 'stack operation broke', detail: { stackId, error: stackOf(error) } }),
  });
}

/** Starts them in order; what was begun is in `parts`. */
export async function startServices(
  { ec2, autoScaling, cloudWatch, agent, cloudFormation, dynamoDb, sns, sqs }: CloudServices,
  provider: InstanceProvider,
  parts: StartedParts,
): Promise<void> {
  for (const part of [dynamoDb, provider, sqs, sns, ec2, autoScaling, cloudWatch, agent, cloudFormation]) {
    parts.add(() => part.stop());
    await part.start();
  }
}

/** What is thrown stands in the alarm's history. */
function carryOut(
  event: AlarmActionEvent,
  autoScaling: AutoScaling,
  tell: (topicArn: string) => Promise<void>,
): void | Promise<void> {
  if (event.actionArn.startsWith('arn:aws:autoscaling:')) return autoScaling.executeAlarmAction(event);
  if (event.actionArn.startsWith('arn:aws:sns:')) return tell(event.actionArn);
  throw new Error(
    `nothing here carries out ${event.actionArn}: only scaling policies of Auto Scaling groups and topics of SNS are called`,
  );
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
