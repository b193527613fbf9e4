import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegisterCommand, SystemResult } from '../system/command.ts';
import type { GroupRouter } from './group-router.ts';
import { MembershipClient } from './membership-client.ts';
import type { StoreNodePorts } from './ports.ts';
import { DEFAULT_STORE_OPTIONS } from './store-node-options.ts';
import type { SystemView } from './system-view.ts';

/** A client whose system group answers with `answer`, on a clock whose timers fire at once. */
function clientOf(answer: (command: RegisterCommand, call: number) => SystemResult | Promise<SystemResult>) {
  const commands: RegisterCommand[] = [];
  const ports = {
    clock: { nowMs: () => 0, setTimer: (_delayMs: number, fire: () => void) => queueMicrotask(fire) },
    network: { onRequest: () => undefined },
    chunks: { usage: () => ({ usedBytes: 0, capacityBytes: 0 }) },
  } as unknown as StoreNodePorts;
  const router = {
    executeOn: async (_group: unknown, command: RegisterCommand) => {
      commands.push(command);
      return answer(command, commands.length);
    },
  } as unknown as GroupRouter;
  const options = { ...DEFAULT_STORE_OPTIONS, address: 'a:1' };
  const identity = { version: 1, nodeId: 'a', boots: 1 } as const;
  const client = new MembershipClient(ports, options, {} as SystemView, router, () => identity);
  return { client, commands };
}

const ACCEPTED = { ok: true, version: 1 } as unknown as SystemResult;

test('[S1] a founder that registers before the cluster is founded asks again', async () => {
  const notYet: SystemResult = { ok: false, code: 'NotFounded', message: 'its founders have to meet first' };
  const { client, commands } = clientOf((_command, call) => (call < 3 ? notYet : ACCEPTED));
  await client.register();
  assert.equal(commands.length, 3);
});

test('[S2] a registration that is refused for good ends the attempts', async () => {
  const refusal: SystemResult = { ok: false, code: 'Stale', message: 'a later start is known' };
  const { client, commands } = clientOf(() => refusal);
  await assert.rejects(client.register(), /a later start is known/);
  assert.equal(commands.length, 1);
});

test('[S2] doors that open while a registration is under way are told by another one', async () => {
  const first = Promise.withResolvers<SystemResult>();
  const { client, commands } = clientOf((_command, call) => (call === 1 ? first.promise : ACCEPTED));
  const registered = client.register();
  client.advertised = { s3: 'a:2' };
  await client.register();
  first.resolve(ACCEPTED);
  await registered;
  assert.deepEqual(
    commands.map(({ member }) => member.advertised),
    [{}, { s3: 'a:2' }],
  );
});
