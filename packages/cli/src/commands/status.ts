import { formatBytes } from '@crescendo/base';
import type { ClusterState, WaitingEvents } from '../client/cluster-state.ts';
import { fetchClusterState } from '../client/cluster-state.ts';
import type { ClientFlags } from '../settings.ts';
import { formatTable } from '../terminal/table.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { withClient } from './with-client.ts';

export interface StatusFlags extends ClientFlags {
  readonly json?: boolean;
}

export async function status(flags: StatusFlags, context: CommandContext): Promise<CommandStatus> {
  return await withClient<CommandStatus>(flags, context, async (client) => {
    const state = await fetchClusterState(client, context.signal);
    const { endpoint, ...rest } = state;
    // How the client reached it is what counts for a client, whatever the server calls itself.
    const shown = { endpoint: client.endpoint || endpoint, ...rest };
    if (flags.json === true) context.terminal.out(`${JSON.stringify(shown, undefined, 2)}\n`);
    else context.terminal.out(`${statusLines(shown).join('\n')}\n`);
    return 0;
  });
}

/** Who has left is counted, not listed: each instance that a group has replaced leaves one. */
export function statusLines(state: ClusterState): string[] {
  const members = state.nodes.filter((node) => node.state !== 'out');
  const table = formatTable([
    ['NODE', 'ADDRESS', 'PID', 'STATE', 'RING ID', 'PARTITIONS', 'DATA'],
    ...members.map((node) => [
      node.id.slice(0, 12),
      node.address,
      node.pid,
      node.state,
      node.ringId.slice(0, 12),
      node.partitions,
      formatBytes(node.bytes),
    ]),
  ]);
  return [
    `endpoint     ${state.endpoint}`,
    `replication  ${replicationText(state)}`,
    ...(state.events ?? []).map(waitingText),
    '',
    ...table,
    ...leftLines(state.nodes.length - members.length),
    ...groupLines(state.groups),
  ];
}

function waitingText({ destination, waiting, oldestMs, failure }: WaitingEvents): string {
  const since = new Date(oldestMs).toISOString();
  const reason = failure === undefined ? '' : `: ${failure}`;
  return `events       ${waiting} wait for ${destination} since ${since}${reason}`;
}

function leftLines(count: number): string[] {
  if (count === 0) return [];
  return [count === 1 ? 'and one that has left (state out)' : `and ${count} that have left (state out)`];
}

function groupLines(groups: ClusterState['groups']): string[] {
  if (groups.length === 0) return [];
  const table = formatTable([
    ['GROUP', 'MIN', 'DESIRED', 'MAX', 'INSTANCES'],
    ...groups.map(({ name, min, desired, max, instances }) => [
      name,
      min,
      desired,
      max,
      instances.map(({ id, state }) => `${id} ${state}`).join(', '),
    ]),
  ]);
  return ['', ...table];
}

function replicationText({ replication, nodes }: ClusterState): string {
  const { factor, underReplicatedPartitions } = replication;
  if (underReplicatedPartitions === 0) return `factor ${factor}, all partitions whole`;
  const members = nodes.filter(({ state }) => state !== 'out').length;
  const few = members < factor ? ` (${members} nodes cannot hold ${factor} replicas)` : '';
  return `factor ${factor}, ${underReplicatedPartitions} partitions short of replicas${few}`;
}
