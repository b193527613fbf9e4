import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { InstanceEvent, InstanceSpec } from '../instance-provider.ts';
import { firstPid, openProcessWorld, runs } from '../testing/process-world.ts';
import { anInstance, until } from '../testing/provider-contract.ts';
import type { ProcessProviderOptions } from './process-provider.ts';
import type { ProcessTable } from './process-table.ts';
import { openProcessTable } from './process-table.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function world(t: TestContext, options: Partial<ProcessProviderOptions> = {}) {
  const opened = await openProcessWorld(options);
  t.after(() => opened.close());
  const events: InstanceEvent[] = [];
  opened.provider.onEvent((event) => events.push(event));
  const volume = (spec: InstanceSpec, name: string) =>
    join(opened.folder, 'volumes', spec.volumes[0]!.volumeId, name);
  const read = (spec: InstanceSpec, name: string) => {
    const path = volume(spec, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return { ...opened, events, volume, read };
}

/** What the first process has written down of the boot. */
function progressOf(folder: string, { instanceId }: InstanceSpec): string {
  const path = join(folder, 'instances', instanceId, 'progress');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

test('[I10] user data is run by the interpreter that it names, with a cleaned environment', async (t) => {
  process.env['SECRET_OF_THE_CLOUD'] = 'x';
  t.after(() => delete process.env['SECRET_OF_THE_CLOUD']);
  const { provider, read } = await world(t);
  const script = '#!/bin/bash\nenv > environment.new; mv environment.new environment; echo "said $0" >&2\n';
  const one = anInstance(1, { userData: bytes(script), environment: { AWS_REGION: 'us-east-1' } });
  await provider.boot(one);
  await until('user data has run', () => read(one, 'environment') !== '');
  const environment = read(one, 'environment');
  assert.match(environment, /^AWS_REGION=us-east-1$/m);
  assert.match(environment, /^CRESCENDO_VOLUME_BYTES=1073741824$/m);
  assert.match(environment, new RegExp(`^CRESCENDO_INSTANCE_ID=${one.instanceId}$`, 'm'));
  assert.match(environment, /^PATH=[^:]*ami-minimal\/bin:/m);
  assert.doesNotMatch(environment, /SECRET_OF_THE_CLOUD|CRESCENDO_CGROUP/);
  await until('what it says is on the console', () => provider.console(one.instanceId).includes('said /'));
});

test('[I10] user data may be compressed, and may have several parts', async (t) => {
  const { provider, read } = await world(t);
  const mixed = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="==B=="',
    '',
    '--==B==',
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    '',
    '#!/bin/sh\necho one >> parts',
    '--==B==',
    'Content-Type: text/cloud-config',
    '',
    '#cloud-config\npackages: [git]',
    '--==B==',
    'Content-Type: text/x-shellscript',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('#!/bin/sh\necho two >> parts\n').toString('base64'),
    '--==B==--',
    '',
  ].join('\r\n');
  const one = anInstance(1, { userData: gzipSync(mixed) });
  await provider.boot(one);
  await until('both parts have run', () => read(one, 'parts') === 'one\ntwo\n');
  assert.match(provider.console(one.instanceId), /part-002 is not carried out: .*#cloud-config/);
});

test('[I10] what is no script is named on the console, and the instance runs', async (t) => {
  const { provider } = await world(t);
  const one = anInstance(1, { userData: bytes('hello there') });
  await provider.boot(one);
  assert.match(provider.console(one.instanceId), /not carried out: it begins with "hello there"/);
  assert.ok(provider.isRunning(one.instanceId));
});

test('[I11] user data runs again at a later boot, unless it left scripts for every boot', async (t) => {
  const { provider, folder, read } = await world(t);
  const plain = anInstance(1, { userData: bytes('#!/bin/sh\necho $CRESCENDO_BOOT >> boots\n') });
  const perBoot = 'var/lib/cloud/scripts/per-boot';
  const careful = anInstance(2, {
    userData: bytes(
      `#!/bin/sh\necho user data >> boots\nmkdir -p ${perBoot}\nprintf '#!/bin/sh\\necho per boot >> boots\\n' > ${perBoot}/one\nchmod +x ${perBoot}/one\n`,
    ),
  });
  for (const spec of [plain, careful]) {
    await provider.boot(spec);
    await until(
      'the first boot is over',
      () => read(spec, 'boots') !== '' && progressOf(folder, spec).includes('booted'),
    );
    await provider.halt(spec.instanceId, 2000);
    await provider.boot(spec);
    await until('the second boot is over', () => read(spec, 'boots').split('\n').length === 3);
  }
  assert.equal(read(plain, 'boots'), '1\n2\n');
  assert.equal(read(careful, 'boots'), 'user data\nper boot\n');
});

test('[I12] a machine whose user data has merely ended runs on', async (t) => {
  const { provider, events, read } = await world(t);
  const one = anInstance(1, { userData: bytes('#!/bin/sh\necho done > done\n') });
  await provider.boot(one);
  await until('user data has ended', () => read(one, 'done') !== '');
  await pause(300);
  assert.deepEqual(events, []);
  assert.ok(provider.isHealthy(one.instanceId));
});

test('[I23] user data that fails at once, and leaves nothing running, fails the first boot', async (t) => {
  const { provider, folder } = await world(t);
  const one = anInstance(1, { userData: bytes('#!/bin/sh\necho no such setting >&2\nexit 7\n') });
  await assert.rejects(
    provider.boot(one),
    /^Error: user-data failed with status 7 and left nothing running$/,
  );
  assert.equal(provider.isRunning(one.instanceId), false);
  assert.match(provider.console(one.instanceId), /no such setting/);
  assert.equal(runs(firstPid(folder, one.instanceId)), false);
});

test('[I23] user data that fails later ends the instance; what it left running, and a later boot, keep it', async (t) => {
  const { provider, events, read } = await world(t);
  const late = anInstance(1, { userData: bytes('#!/bin/sh\nsleep 0.8\nexit 7\n') });
  const busy = anInstance(2, { userData: bytes('#!/bin/sh\nsleep 600 &\nexit 7\n') });
  const again = anInstance(3, { userData: bytes('#!/bin/sh\necho x >> boots\n[ $(wc -l < boots) = 1 ]\n') });
  await Promise.all([late, busy, again].map((one) => provider.boot(one)));
  await provider.halt(again.instanceId, 0);
  await provider.boot(again);
  await until('the end is told', () => events.length > 0);
  await until('the second boot has failed', () => read(again, 'boots') === 'x\nx\n');
  const reason = 'user-data failed with status 7 and left nothing running';
  assert.deepEqual(events, [{ instanceId: late.instanceId, kind: 'gone', reason }]);
  for (const one of [busy, again]) assert.ok(provider.isRunning(one.instanceId));
});

test('[I23] a script that ends while processes are looked at has left nothing running', async (t) => {
  const table = openProcessTable();
  let end = async (): Promise<void> => {};
  const slow: ProcessTable = {
    list: async () => {
      const entries = await table.list();
      await end();
      return entries;
    },
    find: (pid) => table.find(pid),
    variableOf: (pid, name) => table.variableOf(pid, name),
  };
  const { provider, folder, events, volume } = await world(t, { processTable: slow });
  const script = '#!/bin/sh\nwhile [ ! -e end ]; do sleep 0.01; done\nexit 7\n';
  const one = anInstance(1, { userData: bytes(script) });
  await provider.boot(one);
  end = async () => {
    writeFileSync(volume(one, 'end'), '');
    await until('the script has ended', () => progressOf(folder, one).includes('booted'));
  };
  await until('the end is told', () => events.length > 0);
  const reason = 'user-data failed with status 7 and left nothing running';
  assert.deepEqual(events, [{ instanceId: one.instanceId, kind: 'gone', reason }]);
});

test('[I12] when the program that user data runs is killed, the instance is gone', async (t) => {
  const { provider, events, read } = await world(t);
  const one = anInstance(1, { userData: bytes('#!/bin/bash\nsleep 600 &\necho $! > pid\nwait $!\n') });
  await provider.boot(one);
  await until('the program runs', () => read(one, 'pid').endsWith('\n'));
  process.kill(Number(read(one, 'pid')), 'SIGKILL');
  await until('the end is told', () => events.length > 0);
  assert.deepEqual(events[0], {
    instanceId: one.instanceId,
    kind: 'gone',
    reason: 'user-data was ended by signal 9',
  });
});

test('[I12] when all that user data left running has ended, the instance is gone', async (t) => {
  const { provider, folder, events, read } = await world(t);
  const one = anInstance(1, { userData: bytes('#!/bin/sh\nsleep 600 &\necho $! > pid\n') });
  await provider.boot(one);
  await until('the process was seen', () =>
    existsSync(join(folder, 'instances', one.instanceId, 'left-running')),
  );
  process.kill(Number(read(one, 'pid')), 'SIGKILL');
  await until('the end is told', () => events.length > 0);
  assert.match((events[0] as { reason: string }).reason, /left running/);
});

test('[I13] halting asks, waits, and ends what stays, also what left the process group and its environment', async (t) => {
  const { provider, read } = await world(t);
  const script = `#!/bin/bash
trap 'echo asked > asked; exit 0' TERM
setsid env -i /bin/sh -c 'trap "" TERM; echo $$ > ${'$'}0/stray; while :; do sleep 0.1; done' "$PWD" &
echo ready > ready
while :; do sleep 0.05; done
`;
  const one = anInstance(1, { userData: bytes(script) });
  await provider.boot(one);
  await until('both run', () => read(one, 'ready') !== '' && read(one, 'stray').endsWith('\n'));
  await pause(120); // The provider looks at the processes in between.
  const stray = Number(read(one, 'stray'));
  assert.ok(runs(stray));
  await provider.halt(one.instanceId, 500);
  assert.equal(read(one, 'asked'), 'asked\n');
  assert.ok(!runs(stray));
});

test('[I14] a program in the instance can ask for its end or for a restart', async (t) => {
  const { provider, events } = await world(t);
  const script = '#!/bin/sh\nif [ $CRESCENDO_BOOT = 1 ]; then reboot; else shutdown -h now; fi\n';
  const one = anInstance(1, { userData: bytes(script) });
  await provider.boot(one);
  await until('it asked', () => events.length === 1);
  await provider.halt(one.instanceId, 2000);
  await provider.boot(one);
  await until('it asked again', () => events.length === 2);
  const [first, second] = events;
  assert.equal(first?.kind === 'request' && first.request, 'reboot');
  assert.equal(second?.kind === 'request' && second.request, 'poweroff');
});

test('[I15] what an instance uses is measured', async (t) => {
  const { provider } = await world(t);
  const script = '#!/bin/bash\nhead -c 3000000 /dev/urandom > data\nwhile :; do :; done\n';
  const one = anInstance(1, { userData: bytes(script) });
  await provider.boot(one);
  let used = await provider.measure(one.instanceId);
  const end = performance.now() + 15_000;
  while ((used!.cpuMs ?? 0) < 300 || (used!.volumeUsedBytes ?? 0) < 3_000_000) {
    assert.ok(performance.now() < end, JSON.stringify(used));
    await pause(50);
    used = await provider.measure(one.instanceId);
  }
  assert.ok(used!.memoryBytes! > 500_000);
  assert.ok(used!.processes! >= 2);
  assert.equal(used!.volumeBytes, 2 ** 30);
});

/** Lets real processes get on where nothing tells when they have. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
