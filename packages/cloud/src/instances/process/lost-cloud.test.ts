import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { InstanceEvent, InstanceSpec } from '../instance-provider.ts';
import { firstPid, openProcessWorld, runs } from '../testing/process-world.ts';
import { anInstance, until } from '../testing/provider-contract.ts';
import { InstanceFolder } from './instance-folder.ts';

const SCRIPT = '#!/bin/sh\necho boot >> boots\nsleep 600\n';

/** A cloud of its own process that boots the instance, over the folder of the world. */
async function startCloud(
  t: TestContext,
  folder: string,
  spec: InstanceSpec,
  leaseMs: number,
): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('../testing/lost-cloud.ts', import.meta.url));
  const json = JSON.stringify({ ...spec, userDataText: SCRIPT });
  const cloud = spawn(process.execPath, [main, folder, String(leaseMs), json], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => cloud.kill('SIGKILL'));
  const [said] = (await once(cloud.stdout!, 'data')) as [Buffer];
  assert.equal(said.toString(), 'booted\n');
  return cloud;
}

async function lose(cloud: ChildProcess): Promise<void> {
  cloud.kill('SIGKILL');
  await once(cloud, 'exit');
}

function keeperOf(folder: string): number {
  const path = join(folder, 'keeper.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid : 0;
}

async function world(t: TestContext) {
  const opened = await openProcessWorld();
  t.after(() => opened.close());
  const spec = anInstance(1, { userData: new TextEncoder().encode(SCRIPT) });
  const boots = (): string => {
    const path = join(opened.folder, 'volumes', spec.volumes[0]!.volumeId, 'boots');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return { ...opened, spec, boots };
}

test('[I20] an instance outlives a cloud that is killed, and the next cloud takes it over as it is', async (t) => {
  const { folder, provider, spec, boots } = await world(t);
  const cloud = await startCloud(t, folder, spec, 60_000);
  const pid = firstPid(folder, spec.instanceId);
  await lose(cloud);
  assert.ok(runs(pid));
  await provider.boot(spec);
  assert.ok(provider.isRunning(spec.instanceId));
  assert.equal(firstPid(folder, spec.instanceId), pid);
  await until('user data has begun once', () => boots() === 'boot\n');
  process.kill(pid, 'SIGKILL');
  await until('the end of what was taken over is noticed', () => !provider.isRunning(spec.instanceId));
});

test('[I20] an instance is taken over even when the cloud was lost before it wrote down what it started', async (t) => {
  const { folder, provider, spec, boots } = await world(t);
  await lose(await startCloud(t, folder, spec, 60_000));
  const pid = firstPid(folder, spec.instanceId);
  rmSync(join(folder, 'instances', spec.instanceId, 'boot.json'));
  await provider.boot(spec);
  assert.ok(provider.isHealthy(spec.instanceId));
  assert.ok(runs(pid));
  await until('user data has begun once', () => boots() === 'boot\n');
});

test('[I20] a process that has got the number of a first process by chance is left alone', async (t) => {
  const { folder, provider, spec } = await world(t);
  await provider.boot(spec);
  await provider.halt(spec.instanceId, 2000);
  const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  t.after(() => stranger.kill('SIGKILL'));
  await once(stranger, 'spawn');
  const path = join(folder, 'instances', spec.instanceId, 'boot.json');
  rmSync(path, { force: true });
  appendFileSync(path, JSON.stringify({ first: { pid: stranger.pid, startedAt: '1' } }));
  await provider.boot(spec);
  assert.notEqual(firstPid(folder, spec.instanceId), stranger.pid);
  await provider.halt(spec.instanceId, 2000);
  assert.ok(runs(stranger.pid!));
});

test('[I21] instances without a cloud run on for the lease and then stop, and can be booted again', async (t) => {
  const { folder, provider, spec, boots } = await world(t);
  const cloud = await startCloud(t, folder, spec, 800);
  const [pid, keeper] = [firstPid(folder, spec.instanceId), keeperOf(folder)];
  assert.ok(runs(keeper));
  await lose(cloud);
  assert.ok(runs(pid));
  await until('the instance has stopped', () => !runs(pid));
  await until('the keeper has ended', () => !runs(keeper));
  assert.match(provider.console(spec.instanceId), /stopped, because the cloud has been away for 0.8 s/);
  await provider.boot(spec);
  await until('it runs again', () => boots() === 'boot\nboot\n');
});

test('[I21] a cloud that comes back in time holds the lease again', async (t) => {
  const { folder, provider, spec } = await world(t);
  await lose(await startCloud(t, folder, spec, 60_000));
  const before = keeperOf(folder);
  await provider.boot(spec);
  assert.ok(!runs(before));
  assert.ok(runs(keeperOf(folder)));
});

test('[I21] under a living cloud instances run on for longer than the lease', async (t) => {
  const opened = await openProcessWorld({ leaseMs: 400 });
  t.after(() => opened.close());
  const spec = anInstance(1);
  await opened.provider.boot(spec);
  const keeper = keeperOf(opened.folder);
  // Four leases of real time: that nothing happens cannot be waited for otherwise.
  await new Promise((resolve) => setTimeout(resolve, 1600));
  assert.ok(opened.provider.isRunning(spec.instanceId));
  assert.ok(runs(keeper));
});

test('[I21] a cloud that was held for longer than the lease asks for its instances to be booted again', async (t) => {
  const opened = await openProcessWorld();
  t.after(() => opened.close());
  const { folder, provider } = opened;
  const spec = anInstance(1);
  const events: InstanceEvent[] = [];
  provider.onEvent((event) => events.push(event));
  await provider.boot(spec);
  new InstanceFolder(join(folder, 'instances'), spec.instanceId).noteLeaseEnded();
  process.kill(firstPid(folder, spec.instanceId), 'SIGKILL');
  await until('the end is noticed', () => events.length > 0);
  assert.deepEqual(events, [{ instanceId: spec.instanceId, kind: 'request', request: 'reboot' }]);
  await provider.halt(spec.instanceId, 1000);
  await provider.boot(spec);
  assert.ok(provider.isHealthy(spec.instanceId));
});

test('[I22] a keeper that is killed is replaced, and no instance ends with it', async (t) => {
  const opened = await openProcessWorld({ leaseMs: 500 });
  t.after(() => opened.close());
  const { folder, provider } = opened;
  const spec = anInstance(1);
  await provider.boot(spec);
  const before = keeperOf(folder);
  process.kill(before, 'SIGKILL');
  await until('another keeper is at work', () => keeperOf(folder) !== before && runs(keeperOf(folder)));
  assert.ok(provider.isHealthy(spec.instanceId));
  const after = keeperOf(folder);
  await provider.halt(spec.instanceId, 1000);
  await provider.stop();
  await until('the keeper ends with a cloud that leaves nothing running', () => !runs(after));
});

test('[I20] a cloud leaves the instances of another folder alone, even when they have the same ids', async (t) => {
  const [one, other] = [await openProcessWorld(), await openProcessWorld()];
  t.after(() => Promise.all([one.close(), other.close()]));
  const spec = anInstance(1);
  await one.provider.boot(spec);
  await other.provider.boot(spec);
  const pid = firstPid(one.folder, spec.instanceId);
  await other.provider.halt(spec.instanceId, 0);
  assert.ok(runs(pid));
  assert.ok(one.provider.isHealthy(spec.instanceId));
});
