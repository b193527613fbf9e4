/** What the spot market does to an instance. AWS has no call for it; here it is an administrator's. */
import type { Ec2World } from './ec2-world.ts';
import { invalidValue } from './errors.ts';
import type { InstanceRecord } from './instance-record.ts';
import { named } from './operations/instances.ts';

/** AWS gives two minutes. */
const NOTICE_MS = 120_000;

/** Resolves when the notice is on disk; the instance reads it in its metadata from now on. */
export async function interruptSpot(
  world: Ec2World,
  instanceId: string,
  noticeMs = NOTICE_MS,
): Promise<void> {
  const record = runningSpot(world, instanceId);
  const interruption = { atMs: world.nowMs() + noticeMs, action: record.settings.spot!.behavior };
  if (record.interruption === undefined) world.state.changeInstance(instanceId, { interruption });
  await world.ports.records.durable();
}

export async function recommendRebalance(world: Ec2World, instanceId: string): Promise<void> {
  runningSpot(world, instanceId);
  world.state.changeInstance(instanceId, { rebalanceNoticeMs: world.nowMs() });
  await world.ports.records.durable();
}

function runningSpot(world: Ec2World, instanceId: string): InstanceRecord {
  const record = named(world, { InstanceIds: [instanceId] })[0]!;
  if (record.settings.spot !== undefined && record.state === 'running') return record;
  const what = record.settings.spot === undefined ? 'not a spot instance' : record.state;
  throw invalidValue(`${instanceId} is ${what}: only running spot instances are interrupted`);
}
