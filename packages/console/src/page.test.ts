import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chart, described } from './chart.ts';
import type { ChartView, ConsoleView, GroupView } from './console-view.ts';
import { healthOf } from './health.ts';
import { html } from './html.ts';
import { consoleMain, consolePage } from './page.ts';
import { NOW, node, sampleView, storeOf } from './testing/sample-view.ts';

const HOSTILE = `<script>alert("1")</script>' onload='x`;
const CHART: ChartView = {
  ...{ title: 'Load', fromMs: NOW - 1_800_000, toMs: NOW, gapMs: 150_000, threshold: 70 },
  lines: [
    {
      name: 'load',
      points: [
        [NOW - 900_000, 90],
        [NOW - 840_000, 80],
        [NOW - 60_000, 12.5],
      ],
    },
  ],
};
const INSTANCE = { id: 'i-1', state: 'InService', health: 'Healthy', zone: 'a', isProtected: true };
const GROUP: GroupView = {
  ...{ name: 'web', min: 1, desired: 1, max: 4, instances: [INSTANCE], activities: [] },
};

/** All text of a picture is hostile. */
function hostileView(): ConsoleView {
  const text = JSON.stringify(fullView(), (_key, value: unknown) =>
    typeof value === 'string' ? HOSTILE : value,
  );
  return JSON.parse(text) as ConsoleView;
}

function fullView(): ConsoleView {
  const { answer } = storeOf([node(1)]);
  const events = [{ destination: 'arn:queue', waiting: 2, oldestMs: NOW - 60_000, failure: 'refused' }];
  const activity = {
    startedMs: NOW - 5_000,
    endedMs: NOW,
    status: 'Successful',
    description: 'Launching',
    cause: 'a policy',
  };
  const group = { ...GROUP, activities: [{ ...activity, id: 'x', message: 'm' }], sizes: CHART };
  const alarm = {
    ...{ name: 'high', description: 'It is full.', state: 'OK', sinceMs: NOW - 7_200_000, reason: 'because' },
    ...{ condition: 'Maximum of load > 70 for 2 x 60 s', calls: ['policy more of web'], chart: CHART },
  };
  const queue = { name: 'work', waiting: 4, inFlight: 1, delayed: 0, oldestSeconds: 90 };
  return sampleView({
    store: { answer: { ...answer!, state: { ...answer!.state, events } } },
    groups: { items: [group], more: 0 },
    alarms: { items: [alarm], more: 0 },
    queues: { items: [{ ...queue, dead: { queue: 'dead', waiting: 3 } }], more: 7 },
    tables: { items: [{ name: 'words', status: 'ACTIVE', itemCount: 5, bytes: 2_048 }], more: 0 },
    stacks: {
      items: [{ name: 'store', status: 'ROLLBACK_COMPLETE', reason: 'why', changedMs: NOW }],
      more: 0,
    },
  });
}

/** What a reader sees. */
function textOf(view: ConsoleView): string {
  return `${consoleMain(view)}`.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

test('[CON1] every value is text, wherever it stands', () => {
  const page = `${consolePage(hostileView())}`;
  assert.ok(page.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x'));
  assert.deepEqual(page.match(/<script[^>]*>/g), ['<script src="/_console/script.js" type="module">']);
  assert.ok(!page.includes(`' onload`));
  assert.equal(
    `${html`<b>${'<i>'}${html`<u>${'&'}</u>`}${[1, false, undefined]}</b>`}`,
    '<b>&lt;i&gt;<u>&amp;</u>1</b>',
  );
});

test('[CON1] a page asks for nothing outside the console', () => {
  const page = `${consolePage(fullView())}`;
  const asked = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map((match) => match[1]!);
  assert.ok(asked.length >= 3 && asked.every((path) => path.startsWith('/_console/')));
  assert.doesNotMatch(page, / style=| on\w+=/, 'its own policy would refuse them');
});

test('[CON2] a store that is whole is told so', () => {
  const health = healthOf(sampleView());
  assert.deepEqual(health, {
    level: 'well',
    headline: 'The store is whole: 64 partitions, 3 copies of each, on 3 nodes',
    more: [],
  });
});

test('[CON2] the worst comes first: silence, copies, nodes, what is on its way', () => {
  const nodes = [
    node(1, { state: 'down' }),
    node(2, { pid: 0 }),
    node(3, { pid: 0, partitions: 0 }),
    node(4, { state: 'out' }),
  ];
  const store = storeOf(nodes, { underReplicatedPartitions: 5, movingPartitions: 1, possible: 2 });
  const groups = { items: [{ ...GROUP, desired: 2 }], more: 0 };
  const { level, headline, more } = healthOf(sampleView({ store, groups }));
  assert.equal(level, 'trouble');
  assert.deepEqual(
    [headline, ...more],
    [
      '5 of 64 partitions short of copies: 2 nodes cannot hold 3 copies',
      'Node 11111111 is down',
      'Node 22222222 does not answer',
      'Group web is growing: 1 of 2 in service',
      'Node 33333333 is joining',
      '1 partition is moving',
    ],
  );
  const silent = healthOf(sampleView({ store: { ...store, silence: 'nobody answers' } }));
  assert.deepEqual(
    [silent.level, silent.headline, silent.more[0]],
    ['silent', 'The store does not answer', 'nobody answers'],
  );
  const shrinking = { ...GROUP, instances: [INSTANCE, { ...INSTANCE, state: 'Terminating:Wait' }] };
  const busy = healthOf(sampleView({ groups: { items: [shrinking], more: 0 } }));
  assert.deepEqual([busy.level, busy.headline], ['busy', 'Group web is shrinking: 2 instances, 1 wanted']);
});

test('[CON3] members stand on the ring where their positions are, numbered clockwise as in the table', () => {
  const page = `${consoleMain(sampleView({ store: storeOf([node(3), node(1), node(2, { state: 'leaving' }), node(9, { state: 'out' })]) }))}`;
  const drawn = [
    ...page.matchAll(/class="member (\w+) c(\d)" transform="translate\(([\d. ]+)\)">\s*<title>(\d)/g),
  ];
  assert.deepEqual(
    drawn.map(([, standing, colour, place, number]) => [standing, colour, place, number]),
    [
      ['up', '1', '248.0 140.0', '1'],
      ['leaving', '2', '140.0 248.0', '2'],
      ['up', '3', '32.0 140.0', '3'],
    ],
  );
  const label = /class="ring"[^>]*aria-label="([^"]*)"/.exec(page)?.[1];
  assert.equal(label, 'Ring of 3 nodes in 3 zones, 1 not up; the table of nodes says which');
  assert.match(page, /and 1 node that has left/);
});

test('[CON4] everything that there is has its place, in words', () => {
  const text = textOf(fullView());
  for (const told of [
    /11111111 up 3\.0 MiB 75 % of 4\.0 MiB 64 21 zone-1 127\.0\.0\.1 i-1/,
    /arn:queue 2 1 min ago refused/,
    /min 1 desired 1 max 4 in service 1/,
    /i-1 InService Healthy a protected/,
    /Successful Launching 5 s ago , took 5 s a policy m/,
    /high OK since 2 h ago , last value 12\.5 It is full\./,
    /Maximum of load > 70 for 2 x 60 s Calls policy more of web\. Why it is OK because/.source.replace(
      '>',
      '&gt;',
    ),
    /work 4 1 0 1 min 3 in dead/,
    /and 7 more/,
    /words ACTIVE 5 2\.0 KiB/,
    /store why ROLLBACK_COMPLETE 0 s ago/,
  ])
    assert.match(text, new RegExp(told));
});

test('[CON4] where there is nothing, and where something cannot be read, that is said', () => {
  const text = textOf(sampleView({ tables: { failure: 'the disk refuses' } }));
  for (const kind of ['Auto Scaling groups', 'alarms', 'queues', 'stacks'])
    assert.ok(text.includes(`There are no ${kind}.`), kind);
  assert.ok(text.includes('Could not be read: the disk refuses'));
});

test('[CON5] a store that does not answer keeps its last picture, with its age; before the first there is none', () => {
  const store = { ...storeOf([node(1)]), silence: 'nobody answers' };
  const page = `${consoleMain(sampleView({ store, takenMs: NOW + 42_000 }))}`;
  assert.match(page, /<section id="store" aria-labelledby="store-title" class="old">/);
  assert.match(page, /This is how it was <time [^>]*>42 s ago<\/time>/);
  assert.ok(page.includes('node-1111'));
  assert.match(
    textOf(sampleView({ store: {} })),
    /The store has not answered yet; its nodes may still be starting/,
  );
});

test('[CON6] a chart says what it shows in words too, and joins nothing across a gap', () => {
  assert.equal(described(CHART), 'Load, last 30 min. load: last 12.5, at most 90; threshold 70');
  const drawn = `${chart(CHART)}`;
  assert.equal(/class="line c1" d="([^"]*)"/.exec(drawn)?.[1]?.match(/M/g)?.length, 2);
  assert.match(drawn, /<line class="bound"/);
  const empty = { ...CHART, lines: [{ name: 'load', points: [] }] };
  assert.equal(described(empty), 'Load, last 30 min. load: no data; threshold 70');
  assert.doesNotMatch(`${chart(empty)}`, /NaN|undefined/);
});
