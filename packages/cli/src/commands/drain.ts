import { setTimeout as wait } from 'node:timers/promises';
import { formatBytes } from '@crescendo/base';
import type { ClusterState, NodeState } from '../client/cluster-state.ts';
import { fetchClusterState, requestDrain } from '../client/cluster-state.ts';
import { AnswerError } from '../client/request-failure.ts';
import type { S3Client } from '../client/s3-client.ts';
import { CommandFailure } from '../failures.ts';
import type { ClientFlags } from '../settings.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { withClient } from './with-client.ts';

export interface DrainFlags extends ClientFlags {
  /** False: give the order and do not stay to see it done. */
  readonly wait: boolean;
  /** Call a drain off that is under way. */
  readonly cancel?: boolean;
  readonly json?: boolean;
  /** Between two looks. */
  readonly pollMs?: number;
}

const POLL_MS = 500;
const GONE = new Set(['out', 'left', 'removed', 'gone']);

/** Interrupting it does not stop the drain: the same command follows it again. */
export async function drain(
  name: string,
  flags: DrainFlags,
  context: CommandContext,
): Promise<CommandStatus> {
  return await withClient<CommandStatus>(flags, context, async (client) => {
    const nodeId = findNode(await fetchClusterState(client, context.signal), name);
    await order(client, nodeId, flags.cancel === true);
    if (flags.cancel === true) return reportState(context, flags, nodeId, 'up', 'keeps its data');
    if (flags.wait) await follow(client, nodeId, flags.pollMs ?? POLL_MS, context);
    return flags.wait
      ? reportState(context, flags, nodeId, 'out', 'holds nothing and has left')
      : reportState(context, flags, nodeId, 'leaving', 'is draining: "crescendo status" shows how far it is');
  });
}

/** A node may be named by the beginning of its id. */
function findNode({ nodes }: ClusterState, name: string): string {
  const found = nodes.filter((node) => node.id.startsWith(name));
  if (found.length === 1) return found[0]!.id;
  const known = nodes.map((node) => node.id).join(', ');
  if (found.length === 0) throw new CommandFailure(`there is no node "${name}": the nodes are ${known}`);
  throw new CommandFailure(`"${name}" may be several nodes: give more of the id; the nodes are ${known}`);
}

function reportState(
  context: CommandContext,
  flags: DrainFlags,
  node: string,
  state: string,
  text: string,
): CommandStatus {
  if (flags.json === true) context.terminal.out(`${JSON.stringify({ node, state })}\n`);
  else context.terminal.error(`node ${node} ${text}\n`);
  return 0;
}

async function order(client: S3Client, nodeId: string, cancel: boolean): Promise<void> {
  try {
    await requestDrain(client, nodeId, cancel);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw new CommandFailure(`the store refuses (${error.code}): ${error.message}`, { cause: error });
  }
}

async function follow(
  client: S3Client,
  nodeId: string,
  pollMs: number,
  context: CommandContext,
): Promise<void> {
  let told = '';
  for (;;) {
    const { nodes } = await fetchClusterState(client, context.signal);
    const node = nodes.find((one) => one.id === nodeId);
    if (node === undefined || GONE.has(node.state)) return;
    const line = progressLine(node);
    if (line !== told) context.terminal.error(`${line}\n`);
    told = line;
    await wait(pollMs, undefined, { signal: context.signal });
  }
}

function progressLine(node: NodeState): string {
  return `node ${node.id} is ${node.state}: ${node.partitions} partitions, ${formatBytes(node.bytes)} left`;
}
