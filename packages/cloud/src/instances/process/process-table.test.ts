import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { openProcessTable, ProcessList, parseListed, parseStat } from './process-table.ts';

const STAT =
  '4321 (a) b (c) T 17 4000 4000 0 -1 4194304 100 0 0 0 7 3 20 10 20 0 1 0 987654 1000000 250 18446744073709551615 0 0';

test('[I20] a line of /proc is read after its last parenthesis, whatever the program is called', () => {
  assert.deepEqual(parseStat(STAT), {
    pid: 4321,
    parentPid: 17,
    group: 4000,
    startedAt: '987654',
    ended: false,
    stopped: true,
    cpuMs: 100,
    childrenCpuMs: 300,
    memoryBytes: 250 * 4096,
  });
  assert.equal(parseStat(''), undefined);
  assert.equal(parseStat('12 (cut'), undefined);
});

test('[I20] a line of ps is read, with its time in days, hours, minutes and seconds', () => {
  assert.deepEqual(parseListed('  12  1 10 Ts 2048 1-02:03:04.50 Sat Nov 21 08:31:00 2026'), {
    pid: 12,
    parentPid: 1,
    group: 10,
    startedAt: 'Sat Nov 21 08:31:00 2026',
    ended: false,
    stopped: true,
    cpuMs: 93_784_500,
    childrenCpuMs: 0,
    memoryBytes: 2048 * 1024,
  });
  assert.equal(parseListed(''), undefined);
});

test('[I20] this process is in both tables, with the same parent and group', {
  skip: !existsSync('/proc/self/stat'),
}, async () => {
  const [folder, list] = [openProcessTable(), new ProcessList()];
  const [one, other] = [await folder.find(process.pid), await list.find(process.pid)];
  assert.equal(one?.parentPid, process.ppid);
  assert.deepEqual([other?.parentPid, other?.group], [one?.parentPid, one?.group]);
  assert.equal(await folder.find(2 ** 30), undefined);
});
