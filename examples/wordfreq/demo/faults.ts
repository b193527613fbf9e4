/** What goes wrong while files are counted: each fault on real processes, at a moment at which work is in hand. */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Session } from '../src/system/session.ts';
import type { StackOutputs } from '../src/system/stack-outputs.ts';
import type { LocalCloud } from './local-cloud.ts';
import { SpotWorker } from './spot-worker.ts';
import { findWorkers } from './worker-processes.ts';

export interface FaultScene {
  readonly cloud: LocalCloud;
  readonly session: Session;
  readonly stack: StackOutputs;
  readonly say: (line: string) => void;
  /** Keys whose results are there already. */
  readonly done: () => readonly string[];
}

export interface Fault {
  readonly name: string;
  readonly happen: (scene: FaultScene) => Promise<void>;
}

export const FAULTS: readonly Fault[] = [
  { name: 'a worker killed with -9 in mid-file', happen: killWorker },
  { name: 'every worker killed with -9 at once', happen: killAllWorkers },
  { name: 'a scale-in in mid-file', happen: scaleIn },
  { name: 'a spot notice in mid-file', happen: takeSpotBack },
  { name: 'jobs delivered again, and an older event of the same file', happen: deliverAgain },
  { name: 'a node of the store killed with -9', happen: killStoreNode },
  { name: 'the cloud killed with -9 and started again', happen: ({ cloud }) => cloud.killAndRestart() },
  { name: 'an instance killed with -9, all its programs at once', happen: killInstance },
];

const WAIT_MS = 60_000;
const STORE_MS = 240_000;

async function killWorker(scene: FaultScene): Promise<void> {
  await workInHand(scene, 1);
  const [worker] = await findWorkers(scene.cloud.endpoint);
  if (worker === undefined) throw new Error('there is no worker to kill');
  process.kill(worker.pid, 'SIGKILL');
}

async function killAllWorkers(scene: FaultScene): Promise<void> {
  await workInHand(scene, 1);
  for (const { pid } of await findWorkers(scene.cloud.endpoint)) process.kill(pid, 'SIGKILL');
}

/** The first process of an instance leads a process group of its own, and all its programs are in it. */
async function killInstance(scene: FaultScene): Promise<void> {
  await workInHand(scene, 1);
  const [worker] = await findWorkers(scene.cloud.endpoint);
  if (worker === undefined) throw new Error('there is no worker to kill');
  killGroupOf(worker.pid);
}

async function scaleIn({ session, stack, ...scene }: FaultScene): Promise<void> {
  await workInHand({ session, stack, ...scene }, 2);
  await session.scaling.send(
    new SetDesiredCapacityCommand({
      AutoScalingGroupName: stack.GroupName,
      DesiredCapacity: 2,
      HonorCooldown: false,
    }),
  );
}

/** It holds files that take it a minute, and has to give them back after some seconds. */
async function takeSpotBack({ cloud, session, stack, say }: FaultScene): Promise<void> {
  const others = await inFlight(session, stack);
  const worker = await SpotWorker.start(cloud.connection, stack, 60);
  await workInHand({ session, stack }, others + 1);
  const status = await worker.takeBack(17_000);
  say(`the worker on the spot instance ended with status ${status}`);
}

/** Resolves when the node is back and everything has all its copies: files are counted meanwhile. */
async function killStoreNode({ session, say }: FaultScene): Promise<void> {
  const { nodes } = await storeState(session);
  const victim = nodes.find(({ state, pid }) => state === 'up' && pid > 0);
  if (victim === undefined) throw new Error('the store says of no node which process it is');
  process.kill(victim.pid, 'SIGKILL');
  const deadline = Date.now() + STORE_MS;
  for (;;) {
    const now = await storeState(session).catch(() => undefined);
    const up = now?.nodes.filter(({ state, pid }) => state === 'up' && pid !== victim.pid).length;
    if (up === nodes.length && now?.replication.underReplicatedPartitions === 0) break;
    if (Date.now() > deadline) throw new Error(`the store was not whole again after ${STORE_MS / 1000} s`);
    await pause(500);
  }
  say('the store is whole again');
}

interface StoreState {
  readonly nodes: readonly { readonly state: string; readonly pid: number }[];
  readonly replication: { readonly underReplicatedPartitions: number };
}

/** The store tells operators of itself on a path that no bucket can have. */
async function storeState(session: Session): Promise<StoreState> {
  const { Body } = await session.s3.send(new GetObjectCommand({ Bucket: '_crescendo', Key: 'state' }));
  return JSON.parse((await Body?.transformToString()) ?? '') as StoreState;
}

/** Every file that is done so far is delivered once more, and once with a sequencer that came before. */
async function deliverAgain({ session, stack, done }: FaultScene): Promise<void> {
  for (const key of done().slice(0, 5)) {
    const sequencer = await sequencerOf(session, stack, key);
    for (const one of [sequencer, '0'.repeat(sequencer.length)]) {
      const encoded = encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
      const s3 = { bucket: { name: stack.ProcessingBucket }, object: { key: encoded, sequencer: one } };
      const record = { eventSource: 'aws:s3', awsRegion: 'us-east-1', eventName: 'ObjectCreated:Copy', s3 };
      await session.sqs.send(
        new SendMessageCommand({
          QueueUrl: stack.JobsQueueUrl,
          MessageBody: JSON.stringify({ Records: [record] }),
        }),
      );
    }
  }
}

async function sequencerOf(session: Session, stack: StackOutputs, key: string): Promise<string> {
  const { Item } = await session.dynamo.send(
    new GetItemCommand({
      TableName: stack.TableName,
      Key: { Filename: { S: `${stack.ProcessingBucket}/${key}` } },
    }),
  );
  return Item?.['Sequencer']?.S ?? '';
}

function killGroupOf(pid: number): void {
  const group = Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  if (group > 1) process.kill(-group, 'SIGKILL');
}

async function workInHand(
  { session, stack }: Pick<FaultScene, 'session' | 'stack'>,
  least: number,
): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (Date.now() < deadline) {
    if ((await inFlight(session, stack)) >= least) return;
    await pause(100);
  }
  throw new Error(`no ${least} files were in work within ${WAIT_MS / 1000} s`);
}

async function inFlight(session: Session, stack: StackOutputs): Promise<number> {
  const { Attributes } = await session.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: stack.JobsQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Number(Attributes?.['ApproximateNumberOfMessagesNotVisible'] ?? 0);
}
