/** A picture with something of everything in it; tests change what they are about. */
import type { ConsoleView, NodeView } from '../console-view.ts';

export const NOW = Date.UTC(2026, 4, 1, 12, 0, 0);
export const NONE = { items: [], more: 0 } as const;

export function node(index: number, changes: Partial<NodeView> = {}): NodeView {
  return {
    id: `${index}`.repeat(32),
    address: `127.0.0.${index}`,
    advertised: { instance: `i-${index}` },
    pid: 100 + index,
    state: 'up',
    draining: false,
    zone: `zone-${index}`,
    ringId: `${(index * 4).toString(16)}`.padEnd(40, '0'),
    partitions: 64,
    leads: 21,
    bytes: 3 * 1024 ** 2,
    capacityBytes: 4 * 1024 ** 2,
    ...changes,
  };
}

export function storeOf(nodes: readonly NodeView[], changes: object = {}): ConsoleView['store'] {
  const replication = {
    factor: 3,
    possible: 3,
    underReplicatedPartitions: 0,
    movingPartitions: 0,
    ...changes,
  };
  return { answer: { atMs: NOW, state: { partitions: 64, nodes, replication, events: [] } } };
}

export function sampleView(changes: Partial<ConsoleView> = {}): ConsoleView {
  return {
    takenMs: NOW,
    endpoint: 'http://127.0.0.1:4566',
    version: '0.1.0',
    store: storeOf([node(1), node(2), node(3)]),
    groups: NONE,
    alarms: NONE,
    queues: NONE,
    tables: NONE,
    stacks: NONE,
    ...changes,
  };
}
