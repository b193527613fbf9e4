/** What every instance provider does. `world` says how a test reaches into it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceEvent, InstanceProvider, InstanceSpec } from '../instance-provider.ts';
import { CONSOLE_BYTES, placeOf } from '../instance-provider.ts';

export interface ProviderWorld {
  readonly provider: InstanceProvider;
  /** Another provider over the same machines, as after the loss of the first one's process; undefined when it cannot be lost. */
  reopen?(): Promise<InstanceProvider>;
  kill(instanceId: string): void | Promise<void>;
  hold(instanceId: string): void | Promise<void>;
  resume(instanceId: string): void | Promise<void>;
  writeConsole(instanceId: string, text: string): void | Promise<void>;
  hasVolume(volumeId: string): boolean;
  close(): Promise<void>;
}

export function anInstance(number: number, more: Partial<InstanceSpec> = {}): InstanceSpec {
  const digits = number.toString(16).padStart(17, '0');
  return {
    instanceId: `i-${digits}`,
    imageId: 'ami-minimal',
    address: { host: '127.0.0.1', metadataPort: 0 },
    vcpus: 1,
    memoryBytes: 2 ** 30,
    userData: undefined,
    volumes: [{ volumeId: `vol-${digits}`, deviceName: '/dev/xvda', bytes: 2 ** 30 }],
    environment: {},
    ...more,
  };
}

/** Polls the condition; the instances of some providers are real processes. */
export async function until(what: string, holds: () => boolean, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function providerContract(name: string, open: () => Promise<ProviderWorld>): void {
  const check = (
    what: string,
    body: (world: ProviderWorld, events: InstanceEvent[]) => Promise<void>,
  ): void => {
    test(`${what} (${name})`, async (t) => {
      const world = await open();
      t.after(() => world.close());
      const events: InstanceEvent[] = [];
      world.provider.onEvent((event) => events.push(event));
      await body(world, events);
    });
  };
  lifeContract(check);
  mishapContract(check);
  addressContract(check);
}

type Check = (what: string, body: (world: ProviderWorld, events: InstanceEvent[]) => Promise<void>) => void;

function lifeContract(check: Check): void {
  check(
    '[I1] an instance runs once it is booted, and nothing of it is left once it is halted',
    async (world, events) => {
      const one = anInstance(1);
      assert.equal(world.provider.isRunning(one.instanceId), false);
      await world.provider.boot(one);
      assert.equal(world.provider.isRunning(one.instanceId), true);
      assert.equal(world.provider.isHealthy(one.instanceId), true);
      await world.provider.halt(one.instanceId, 5000);
      assert.equal(world.provider.isRunning(one.instanceId), false);
      assert.equal(world.provider.isHealthy(one.instanceId), false);
      assert.deepEqual(events, []);
    },
  );

  check('[I2] booting what runs and halting what does not change nothing', async ({ provider }) => {
    const one = anInstance(1);
    await Promise.all([provider.boot(one), provider.boot(one)]);
    await provider.boot(one);
    assert.equal(provider.console(one.instanceId).match(/boot /g)?.length, 1);
    await Promise.all([provider.halt(one.instanceId, 5000), provider.halt(one.instanceId, 5000)]);
    await provider.halt(one.instanceId, 5000);
  });

  check(
    '[I3] a volume outlives its instance and goes only when it is deleted',
    async ({ provider, hasVolume }) => {
      const one = anInstance(1);
      const { volumeId } = one.volumes[0]!;
      await provider.boot(one);
      await provider.halt(one.instanceId, 5000);
      await provider.forget(one.instanceId);
      assert.equal(provider.console(one.instanceId), '');
      assert.ok(hasVolume(volumeId));
      await provider.deleteVolume(volumeId);
      await provider.deleteVolume(volumeId);
      assert.ok(!hasVolume(volumeId));
    },
  );

  check('[I4] of the console its newest part is kept', async ({ provider, writeConsole }) => {
    const one = anInstance(1);
    await provider.boot(one);
    await writeConsole(one.instanceId, 'x'.repeat(2 * CONSOLE_BYTES));
    await writeConsole(one.instanceId, 'the end\n');
    await until('the end is on the console', () => provider.console(one.instanceId).endsWith('the end\n'));
    assert.ok(provider.console(one.instanceId).length <= CONSOLE_BYTES);
  });

  check('[I5] an image that nobody knows is refused by name', async ({ provider }) => {
    await assert.rejects(provider.boot(anInstance(1, { imageId: 'ami-none' })), /ami-none/);
  });
}

function mishapContract(check: Check): void {
  check('[I6] an instance that is killed from outside is told once', async (world, events) => {
    const [one, other] = [anInstance(1), anInstance(2)];
    await world.provider.boot(one);
    await world.provider.boot(other);
    await world.kill(one.instanceId);
    await until('the end is told', () => events.length > 0);
    assert.deepEqual(
      events.map(({ instanceId, kind }) => [instanceId, kind]),
      [[one.instanceId, 'gone']],
    );
    assert.equal(world.provider.isRunning(one.instanceId), false);
    assert.equal(world.provider.isRunning(other.instanceId), true);
    await world.provider.halt(one.instanceId, 5000);
    await world.provider.boot(one);
    assert.equal(world.provider.isRunning(one.instanceId), true);
  });

  check('[I7] an instance that hangs is unhealthy until it goes on', async (world, events) => {
    const one = anInstance(1);
    await world.provider.boot(one);
    await world.hold(one.instanceId);
    await until('it is unhealthy', () => !world.provider.isHealthy(one.instanceId));
    assert.equal(world.provider.isRunning(one.instanceId), true);
    await world.resume(one.instanceId);
    await until('it is healthy', () => world.provider.isHealthy(one.instanceId));
    assert.deepEqual(
      events.map((event) => event.kind === 'health' && event.healthy),
      [false, true],
    );
  });

  check('[I7] an instance that hangs can be halted', async (world) => {
    const one = anInstance(1);
    await world.provider.boot(one);
    await world.hold(one.instanceId);
    await world.provider.halt(one.instanceId, 200);
    assert.equal(world.provider.isRunning(one.instanceId), false);
  });
}

function addressContract(check: Check): void {
  check('[I8] no two instances are given the same place', async ({ provider }) => {
    const given = await Promise.all(
      [0, 0, 1, 2, 0].map((network) => provider.allocateAddress(network, new Set())),
    );
    assert.equal(new Set(given.map(placeOf)).size, given.length);
    for (const { host } of given) assert.match(host, /^127\./);
  });

  check('[I8] taken addresses are not given again', async ({ provider }) => {
    const first = await provider.allocateAddress(0, new Set());
    const next = await provider.allocateAddress(0, new Set([placeOf(first)]));
    assert.notEqual(placeOf(next), placeOf(first));
  });
}
