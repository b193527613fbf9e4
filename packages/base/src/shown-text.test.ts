import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escaped, formatBytes, formatDuration, formatNumber } from './shown-text.ts';

test('[BASE8] sizes have three digits, durations the units that they need', () => {
  assert.deepEqual([0, 999, 1_000, 1_536, 120 * 1024 ** 2, 2 ** 40].map(formatBytes), [
    '0 B',
    '999 B',
    '1.0 KiB',
    '1.5 KiB',
    '120 MiB',
    '1.0 TiB',
  ]);
  assert.deepEqual([0, 7.4, 750, 11_100].map(formatDuration), ['0:00', '0:07', '12:30', '3:05:00']);
});

test('[BASE8] names are text in a page, and numbers short', () => {
  assert.equal(
    escaped(`<a href="x" title='y'>&</a>`),
    '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;',
  );
  assert.deepEqual([0, 0.071234, 12_345, 12.5].map(formatNumber), ['0', '0.07123', '12.3k', '12.5']);
});
