import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryTerminal } from '../testing/memory-terminal.ts';
import type { ProgressState } from './progress.ts';
import { progressLines } from './progress.ts';
import { ProgressDisplay } from './progress-display.ts';
import { printable, shorten, textWidth } from './table.ts';

const MIB = 2 ** 20;

const HALFWAY: ProgressState = {
  totalFiles: 12,
  doneFiles: 3,
  failedFiles: 1,
  totalBytes: 100 * MIB,
  doneBytes: 50 * MIB,
  bytesPerSecond: 10 * MIB,
  active: [
    { name: 'photos/a.jpg', doneBytes: 5, totalBytes: 10 },
    { name: 'photos/größe und schönheit 日本.jpg', doneBytes: 0, totalBytes: 10 },
  ],
};

test('[SHOW1] the lines tell bytes, rate, time left, files and what is on its way', () => {
  assert.deepEqual(progressLines(HALFWAY, 100), [
    ' 50 % [############............]  50.0 MiB of 100 MiB  10.0 MiB/s  0:05 left  3/12 files, 1 failed',
    '   50 % photos/a.jpg',
    '    0 % photos/größe und schönheit 日本.jpg',
  ]);
});

test('[SHOW1] no line is wider than the terminal, however narrow', () => {
  const long = { name: 'x/'.repeat(200), doneBytes: 1, totalBytes: 2 };
  for (const columns of [20, 40, 57, 80, 200]) {
    const lines = progressLines({ ...HALFWAY, active: [...HALFWAY.active, long, long, long] }, columns);
    assert.equal(lines.at(-1), '  and 1 more');
    for (const line of lines) assert.ok(textWidth(line) < columns || columns <= 40, `${columns}: ${line}`);
  }
});

test('[SHOW1] 100 % is shown only when nothing is left', () => {
  const almost = { ...HALFWAY, doneBytes: HALFWAY.totalBytes - 1 };
  assert.match(progressLines(almost, 80)[0]!, /^ 99 %/);
  assert.match(progressLines({ ...HALFWAY, doneBytes: HALFWAY.totalBytes }, 80)[0]!, /^100 %/);
  assert.match(progressLines({ ...HALFWAY, doneBytes: 0, totalBytes: 0 }, 80)[0]!, /^100 %/);
});

test('[SHOW2] names cannot move the cursor', () => {
  assert.equal(printable('a\u001b[2Jb\nc'), 'a\ufffd[2Jb\ufffdc');
  assert.equal(shorten('photos/2026/january.jpg', 12), '…january.jpg');
});

test('[SHOW2] without a terminal each finished file is a line, and a failed one takes its bytes back', async () => {
  const terminal = memoryTerminal();
  const display = new ProgressDisplay(terminal, {
    verb: 'uploaded',
    totalFiles: 2,
    totalBytes: 20,
    quiet: false,
    nowMs: () => 0,
  });
  await display.follow('a.txt', 10, async (progress) => progress.advance(10));
  await assert.rejects(display.follow('b.txt', 10, async () => Promise.reject(new Error('no'))));
  display.end();
  assert.equal(terminal.errors(), 'uploaded a.txt (10 B)\n');
});

test('[SHOW1] on a terminal nothing of the moving part is left at the end', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const terminal = memoryTerminal({ interactive: true });
  const display = new ProgressDisplay(terminal, {
    verb: 'uploaded',
    totalFiles: 1,
    totalBytes: 10,
    quiet: false,
    nowMs: () => 0,
  });
  await display.follow('a.txt', 10, async (progress) => {
    progress.advance(5);
    t.mock.timers.tick(100);
  });
  assert.match(terminal.errors(), / 50 % .*\n {3}50 % a.txt\n$/s);
  display.end();
  assert.ok(terminal.errors().endsWith('\u001b[2A\u001b[0J'));
});
