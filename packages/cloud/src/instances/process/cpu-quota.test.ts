import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { CpuQuota } from './cpu-quota.ts';

function mount(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'crescendo-cgroup-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('[I17] processors are limited by control groups of version 2', (t) => {
  const path = mount(t);
  writeFileSync(join(path, 'cgroup.controllers'), 'cpu memory');
  writeFileSync(join(path, 'cgroup.subtree_control'), 'cpu memory\n');
  const quota = new CpuQuota('s', path);
  assert.ok(quota.enforced);
  const procs = quota.prepare('i-1', 2)!;
  assert.equal(procs, join(path, 'crescendo', 's-i-1', 'cgroup.procs'));
  assert.equal(readFileSync(join(path, 'crescendo', 's-i-1', 'cpu.max'), 'utf8'), '200000 100000');
  writeFileSync(procs, '12\n34\n');
  assert.deepEqual(quota.members('i-1'), [12, 34]);
  assert.deepEqual(quota.members('i-2'), []);
});

test('[I17] processors are limited by control groups of version 1', (t) => {
  const path = mount(t);
  mkdirSync(join(path, 'cpu'));
  writeFileSync(join(path, 'cpu', 'cgroup.procs'), '');
  const quota = new CpuQuota('s', path);
  quota.prepare('i-1', 0.5);
  assert.equal(readFileSync(join(path, 'cpu', 'crescendo', 's-i-1', 'cpu.cfs_quota_us'), 'utf8'), '50000');
  assert.match(quota.detail, /version 1/);
});

test('[I17] where there are no control groups the limit is said not to be enforced', (t) => {
  const quota = new CpuQuota('s', mount(t));
  assert.ok(!quota.enforced);
  assert.match(quota.detail, /no control groups/);
  assert.equal(quota.prepare('i-1', 1), undefined);
});

test('[I17] empty groups are removed', (t) => {
  const path = mount(t);
  mkdirSync(join(path, 'cpu'));
  writeFileSync(join(path, 'cpu', 'cgroup.procs'), '');
  const quota = new CpuQuota('s', path);
  mkdirSync(join(path, 'cpu', 'crescendo', 's-i-1'));
  quota.close();
  assert.ok(existsSync(join(path, 'cpu', 'crescendo')), 'while an instance is in it');
  quota.remove('i-1');
  quota.close();
  assert.ok(!existsSync(join(path, 'cpu', 'crescendo')));
});
