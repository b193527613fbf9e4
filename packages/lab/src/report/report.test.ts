import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runVariant } from '../run/outcome.ts';
import { bestBeside } from '../search/best-outcome.ts';
import { policy, sourceCase } from '../testing/bench.ts';
import { report } from './report.ts';

const PAGE = page();

async function page(): Promise<string> {
  const experiment = sourceCase();
  const outcomes = [
    await runVariant(experiment, { ...policy('source'), name: '</script><img src=x onerror=alert(1)>' }, [1]),
    await runVariant(experiment, policy('steps'), [1]),
  ];
  const best = bestBeside(experiment, outcomes[0]!);
  return report({
    title: 'Scaling of "a" & <b>',
    command: "crescendo simulate 'x'",
    experiment,
    outcomes,
    best,
  });
}

test('[LAB17] the report needs nothing but itself, and names in it are text', async () => {
  const html = await PAGE;
  assert.doesNotMatch(html, /https?:|src=["']?(?!x onerror)|@import|url\(|<link/);
  assert.doesNotMatch(html, /<img|<\/script><img/);
  assert.match(html, /&lt;\/script&gt;&lt;img src=x onerror=alert\(1\)&gt;/);
  assert.match(html, /Scaling of &quot;a&quot; &amp; &lt;b&gt;/);
  assert.equal(html.match(/<script>/g)?.length, 1);
  assert.equal(html.match(/<\/script>/g)?.length, 1);
});

test('[LAB17] the report has a row for each variant and the best, and charts of queue, fleet and alarms', async () => {
  const html = await PAGE;
  assert.equal(html.match(/<tr><td>|<tr class="bound"><td>/g)!.length >= 3, true);
  for (const id of [
    'all-queue',
    'all-fleet',
    'v0-queue',
    'v0-fleet',
    'v0-alarm-0',
    'v0-alarm-1',
    'v1-alarm-1',
  ])
    assert.match(html, new RegExp(`<svg id="${id}"`), id);
  assert.match(html, /class="state alarm"/);
  assert.match(html, /class="bound".*&gt; 15/s);
  const drawn = html.slice(0, html.indexOf('<script>'));
  assert.deepEqual(drawn.match(/NaN|undefined|Infinity/g), null);
});
