import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessEntry, ProcessTable } from './process-table.ts';
import { ProcessTrees } from './process-trees.ts';

/** A table that tests write: pid -> what is shown of it. */
function world() {
  const shown = new Map<number, ProcessEntry & { readonly mark: string | undefined }>();
  const table: ProcessTable = {
    list: async () => [...shown.values()],
    find: async (pid) => shown.get(pid),
    variableOf: (pid) => shown.get(pid)?.mark,
  };
  const controlled: number[] = [];
  const trees = new ProcessTrees(table, '/data/instances', () => controlled);
  const show = (pid: number, more: Partial<ProcessEntry & { mark: string }> = {}): void => {
    const entry = { parentPid: 1, group: pid, startedAt: `${pid}`, ended: false, stopped: false };
    shown.set(pid, { ...entry, cpuMs: 0, childrenCpuMs: 0, memoryBytes: 0, mark: undefined, ...more, pid });
  };
  const others = async (): Promise<number[]> => {
    await trees.refresh();
    return trees.treeOf('i-1').others.map(({ pid }) => pid);
  };
  trees.claim('i-1', { pid: 10, startedAt: '10' });
  show(1, { parentPid: 0 });
  show(10);
  show(99, { parentPid: 1 });
  return { trees, show, shown, others, controlled };
}

test('[I13] a process belongs by its mark, its group, its control group or its parent, and strangers do not', async () => {
  const { show, others, controlled, trees } = world();
  show(11, { mark: '/data/instances/i-1' });
  show(12, { group: 10 });
  show(13);
  controlled.push(13);
  show(14, { parentPid: 12 });
  show(15, { parentPid: 14 });
  show(16, { mark: '/data/instances/i-2' });
  show(17, { mark: '/copy/instances/i-1' });
  assert.deepEqual(await others(), [11, 12, 13, 14, 15]);
  assert.equal(trees.treeOf('i-1').first?.pid, 10);
});

test('[I13] what belonged once belongs when it has left its parent, its group and its environment', async () => {
  const { show, others } = world();
  show(11, { parentPid: 10 });
  assert.deepEqual(await others(), [11]);
  show(11, { parentPid: 1, group: 11 });
  assert.deepEqual(await others(), [11]);
  show(12, { parentPid: 11 });
  assert.deepEqual(await others(), [11, 12]);
});

test('[I20] a number that is used again is somebody else', async () => {
  const { show, others, trees } = world();
  show(11, { parentPid: 10 });
  assert.deepEqual(await others(), [11]);
  show(11, { startedAt: 'later' });
  show(10, { startedAt: 'later' });
  assert.deepEqual(await others(), []);
  assert.equal(trees.treeOf('i-1').first, undefined);
});

test('[I1] what has ended and was not collected does not live', async () => {
  const { show, others, trees } = world();
  show(11, { parentPid: 10, ended: true });
  show(10, { ended: true });
  assert.deepEqual(await others(), []);
  assert.equal(trees.treeOf('i-1').first, undefined);
});

test('[I20] the first process is found by its mark alone when nobody wrote its number down', async () => {
  const { show, trees } = world();
  trees.release('i-1');
  show(20, { mark: '/data/instances/i-3' });
  show(21, { mark: '/data/instances/i-3', group: 20, parentPid: 20 });
  await trees.refresh();
  assert.deepEqual(trees.findFirst('i-3')?.pid, 20);
});
