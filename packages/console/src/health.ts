/** How the store is, in one line and what belongs to it. Nothing in it ticks: it is read out when it changes. */
import type { ConsoleView, GroupView, NodeView, StoreState } from './console-view.ts';
import { counted } from './moments.ts';

/** `silent`: the store does not answer. `trouble`: copies or nodes are missing. `busy`: something is on its way. */
export type HealthLevel = 'well' | 'busy' | 'trouble' | 'silent';

export interface Health {
  readonly level: HealthLevel;
  readonly headline: string;
  /** What else holds, the worst first. */
  readonly more: readonly string[];
}

export function healthOf({ store, groups }: ConsoleView): Health {
  const busy = 'items' in groups ? groups.items.flatMap(scalingOf) : [];
  const { answer, silence } = store;
  if (silence !== undefined || answer === undefined) {
    const headline = answer === undefined ? 'The store has not answered yet' : 'The store does not answer';
    return { level: 'silent', headline, more: [...(silence === undefined ? [] : [silence]), ...busy] };
  }
  const troubles = troublesOf(answer.state);
  for (const node of membersOf(answer.state)) {
    const standing = standingOf(node);
    if (standing === 'joining' || standing === 'leaving') busy.push(`Node ${nameOf(node)} is ${standing}`);
  }
  const { movingPartitions } = answer.state.replication;
  if (movingPartitions > 0)
    busy.push(`${counted(movingPartitions, 'partition is', 'partitions are')} moving`);
  const [first, ...more] = [...troubles, ...busy];
  if (first === undefined) return { level: 'well', headline: wholeText(answer.state), more: [] };
  return { level: troubles.length > 0 ? 'trouble' : 'busy', headline: first, more };
}

/** Members that count, clockwise: who has left is history. */
export function membersOf({ nodes }: StoreState): readonly NodeView[] {
  const members = nodes.filter(({ state }) => state !== 'out');
  return members.sort((a, b) => (a.ringId < b.ringId ? -1 : 1));
}

export type Standing = 'up' | 'joining' | 'leaving' | 'silent' | 'down';

/** As the page names it: who holds nothing yet and does not answer is still starting, who holds something and does not is not given up yet. */
export function standingOf({ state, pid, draining, partitions }: NodeView): Standing {
  if (state === 'down') return 'down';
  if (pid === 0) return partitions === 0 && !draining ? 'joining' : 'silent';
  return state === 'leaving' || draining ? 'leaving' : 'up';
}

function troublesOf(state: StoreState): string[] {
  const { underReplicatedPartitions: short, factor, possible } = state.replication;
  const found: string[] = [];
  if (short > 0) {
    const few = possible < factor ? `: ${counted(possible, 'node')} cannot hold ${factor} copies` : '';
    found.push(`${short} of ${counted(state.partitions, 'partition')} short of copies${few}`);
  }
  for (const node of membersOf(state)) {
    const standing = standingOf(node);
    if (standing === 'down') found.push(`Node ${nameOf(node)} is down`);
    if (standing === 'silent') found.push(`Node ${nameOf(node)} does not answer`);
  }
  return found;
}

function scalingOf({ name, desired, instances }: GroupView): string[] {
  const serving = instances.filter(({ state }) => state === 'InService').length;
  const going = instances.filter(({ state }) => state.startsWith('Terminating')).length;
  if (serving < desired) return [`Group ${name} is growing: ${serving} of ${desired} in service`];
  if (serving > desired || going > 0)
    return [`Group ${name} is shrinking: ${serving + going} instances, ${desired} wanted`];
  return [];
}

function wholeText(state: StoreState): string {
  const nodes = counted(membersOf(state).length, 'node');
  return `The store is whole: ${counted(state.partitions, 'partition')}, ${counted(state.replication.factor, 'copy', 'copies')} of each, on ${nodes}`;
}

function nameOf({ id }: NodeView): string {
  return id.slice(0, 8);
}
