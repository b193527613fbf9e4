import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDirectory } from './directory.ts';
import { toWire } from './member.ts';
import { formatPosition } from './position.ts';
import { nextDeadline, ringStatus } from './step.ts';
import { at, messagesOf, ScriptedNode, sent } from './testing/scripted-node.ts';

const RING = [10, 20, 30, 40, 50, 60];

test('[R2] malformed messages are counted and change nothing', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  const before = node.pointers();
  const sender = toWire(at(20));
  const bad = [
    undefined,
    7,
    'x',
    {},
    { version: 1 },
    { version: 1, sender, type: 'nonsense', requestId: 1 },
    { version: 1, sender, type: 'ping', requestId: 1.5 },
    { version: 1, sender, type: 'routeRequest', requestId: 1, key: 'zz' },
    {
      version: 1,
      sender,
      type: 'stateReply',
      requestId: 1,
      status: 'inside',
      predecessor: null,
      successors: [sender],
    },
    {
      version: 1,
      sender,
      type: 'stateReply',
      requestId: 1,
      status: 'odd',
      predecessor: null,
      successors: [],
    },
    { version: 1, sender, type: 'routeReply', requestId: 1, owners: [] },
    { version: 1, sender: { ...sender, address: '' }, type: 'notify' },
  ];
  for (const message of bad) assert.deepEqual(node.input({ type: 'message', from: 'p20', message }), []);
  node.input({ type: 'message', from: 'p20', message: { version: 2, sender, type: 'notify' } });
  node.input({ type: 'message', from: 'p30', message: { version: 1, sender, type: 'notify' } });
  const { counters } = node.state;
  assert.equal(node.pointers(), before);
  assert.equal(counters.rejectedVersion, 2);
  assert.equal(counters.rejectedSender, 3);
  assert.equal(counters.rejectedMalformed, bad.length - 1 - 2);
  assert.equal(counters.received, 0);
});

test('[R2] messages survive encoding as JSON', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  const key = formatPosition(at(45).position);
  const effects = [
    ...node.hear(20, { type: 'stateRequest', requestId: 1 }),
    ...node.hear(20, { type: 'routeRequest', requestId: 2, key }),
    ...node.hear(20, { type: 'ping', requestId: 3 }),
  ];
  for (const message of messagesOf(effects)) assert.deepEqual(JSON.parse(JSON.stringify(message)), message);
});

test('[R3] a tick before the deadline does nothing', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.nowMs = nextDeadline(node.state) - 1;
  assert.deepEqual(node.input({ type: 'tick' }), []);
  assert.notDeepEqual(node.tick(), []);
});

test('[R4] a node stands on the ring only after the member before it has answered', () => {
  const node = new ScriptedNode(25);
  node.input({ type: 'join', seeds: [at(10)] });
  const [query] = [...node.state.queries.keys()];
  const owners = [30, 40, 50, 60].map((place) => toWire(at(place)));
  const base = { type: 'routeReply', requestId: query, inside: true, owned: false, predecessor: null };
  node.hear(10, { ...base, adjacent: false, owners, closer: [toWire(at(20))] });
  const [second] = [...node.state.queries.keys()];
  node.hear(20, { ...base, requestId: second, adjacent: true, owners, closer: [] });
  assert.equal(node.state.exchange?.to.id, 'p20');
  assert.equal(ringStatus(node.state).phase, 'joining');
  const effects = node.answer(20, 10, [30, 40, 50, 60]);
  assert.equal(node.pointers(), 'p20 | p30 p40 p50 p60');
  assert.deepEqual(
    effects.map((effect) => effect.type),
    ['joined', 'neighbours'],
  );
});

test('[R4] a node does not join behind a member that it does not follow any more', () => {
  const node = new ScriptedNode(25);
  node.input({ type: 'join', seeds: [at(20)] });
  const [query] = [...node.state.queries.keys()];
  const reply = { type: 'routeReply', requestId: query, inside: true, owned: false, adjacent: true };
  node.hear(20, { ...reply, owners: [toWire(at(30))], closer: [], predecessor: null });
  node.answer(20, 10, [22, 30, 40, 50]);
  assert.equal(ringStatus(node.state).phase, 'joining');
});

test('[R5] a round takes over the whole list of the successor (golden transcript)', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  const lines = [node.pointers()];
  lines.push(`asks ${node.untilExchange()}`);
  lines.push(...sent(node.answer(20, 10, [30, 35, 40, 50])), node.pointers());
  lines.push(`asks ${node.untilExchange()}`);
  lines.push(...sent(node.answer(20, 15, [30, 35, 40, 50])), node.pointers());
  lines.push(...sent(node.answer(15, 5, [20, 30, 35, 40])), node.pointers());
  assert.deepEqual(lines, [
    'p60 | p20 p30 p40 p50',
    'asks p20',
    'p60 | p20 p30 p35 p40',
    'asks p20',
    'stateRequest -> p15',
    'p60 | p20 p30 p35 p40',
    'notify -> p15',
    'p60 | p15 p20 p30 p35',
  ]);
});

test('[R6] a successor that does not answer is dropped after its attempts, and the next one is told', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  const startMs = node.nowMs;
  const effects = node.untilSilence();
  assert.equal(node.nowMs - startMs, 1000, 'two attempts of half a second');
  assert.equal(node.pointers(), 'p60 | p30 p40 p50');
  assert.ok(sent(effects).includes('notify -> p30'));
});

test('[R6] a successor that is outside is dropped at once', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  const requestId = node.state.exchange?.requestId;
  node.hear(20, { type: 'stateReply', requestId, status: 'outside', predecessor: null, successors: [] });
  assert.equal(node.pointers(), 'p60 | p30 p40 p50');
});

test('[R7] a nearer member that does not answer is not adopted', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  node.answer(20, 15, [30, 40, 50, 60]);
  assert.equal(node.state.exchange?.to.id, 'p15');
  node.untilSilence();
  assert.equal(node.pointers(), 'p60 | p20 p30 p40 p50');
});

test('[R8] a nearer predecessor is taken, a farther one only after a ping without answer', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.hear(70, { type: 'notify' });
  assert.match(node.pointers(), /^p70/);
  assert.deepEqual(sent(node.hear(65, { type: 'notify' })), ['ping -> p70']);
  node.hear(70, { type: 'pong', requestId: node.state.exchange?.requestId, inside: true });
  assert.match(node.pointers(), /^p70/);
  node.hear(65, { type: 'notify' });
  node.untilSilence();
  assert.match(node.pointers(), /^p65/);
});

test('[R9] while an answer is awaited the state is busy and offers wait', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  const [reply] = messagesOf(node.hear(50, { type: 'stateRequest', requestId: 9 }));
  assert.equal(reply?.type === 'stateReply' && reply.status, 'busy');
  node.hear(70, { type: 'notify' });
  assert.match(node.pointers(), /^p60/, 'the offer waits');
  node.answer(20, 10, [30, 40, 50, 60]);
  assert.match(node.pointers(), /^p70/, 'and is heard afterwards');
});

test('[R9] a busy successor is asked again soon, and nothing changes meanwhile', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  const before = node.pointers();
  const requestId = node.state.exchange?.requestId;
  node.hear(20, { type: 'stateReply', requestId, status: 'busy', predecessor: null, successors: [] });
  assert.equal(node.pointers(), before);
  const startMs = node.nowMs;
  assert.equal(node.untilExchange(), 'p20');
  assert.ok(node.nowMs - startMs < 250, `asked again after ${node.nowMs - startMs} ms`);
});

test('[R9] an answer to an earlier question changes nothing', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  const requestId = (node.state.exchange?.requestId ?? 0) - 1;
  const successors = [toWire(at(25))];
  node.hear(20, { type: 'stateReply', requestId, status: 'inside', predecessor: null, successors });
  assert.equal(node.pointers(), 'p60 | p20 p30 p40 p50');
  assert.equal(node.state.counters.late, 1);
});

test('[R10] pings and route questions are answered at once, busy or not', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  assert.deepEqual(sent(node.hear(50, { type: 'ping', requestId: 1 })), ['pong -> p50']);
  const key = formatPosition(at(15).position);
  assert.deepEqual(sent(node.hear(50, { type: 'routeRequest', requestId: 2, key })), ['routeReply -> p50']);
});

test('[R11] a list is cut where it comes round to its owner', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  node.untilExchange();
  node.answer(20, 10, [30, 10, 20 - 5]);
  assert.equal(node.pointers(), 'p60 | p20 p30');
});

test('[R11] the last successor is kept, dead or not, and an isolated node takes whom it finds', () => {
  const node = ScriptedNode.inRing(10, RING.slice(1));
  for (let i = 0; i < 5; i++) {
    node.untilExchange();
    node.untilSilence();
  }
  assert.equal(node.state.successors.length, 1);
  assert.equal(node.state.isIsolated, true);
  const [reply] = messagesOf(node.hear(90, { type: 'stateRequest', requestId: 1 }));
  if (reply?.type === 'stateReply' && reply.status === 'inside') assert.deepEqual(reply.successors, []);
  node.hear(90, { type: 'notify' });
  if (node.state.exchange?.to.id === 'p50') node.untilSilence();
  assert.equal(node.state.exchange?.to.id, 'p90');
  node.answer(90, 80, []);
  assert.equal(node.pointers(), 'p90 | p90');
});

test('[R12] a member that leaves tells its neighbours, and they need no time-out', () => {
  const leaver = ScriptedNode.inRing(20, [10, 30, 40, 50, 60]);
  const told = sent(leaver.input({ type: 'leave' })).toSorted();
  assert.deepEqual(
    told,
    ['p10', 'p30', 'p40', 'p50', 'p60'].map((id) => `leaving -> ${id}`),
  );
  assert.equal(nextDeadline(leaver.state), Number.POSITIVE_INFINITY);
  const node = ScriptedNode.inRing(10, RING.slice(1));
  assert.deepEqual(sent(node.hear(20, { type: 'leaving' })), ['notify -> p30']);
  assert.equal(node.pointers(), 'p60 | p30 p40 p50');
  node.hear(60, { type: 'leaving' });
  node.hear(55, { type: 'notify' });
  assert.match(node.pointers(), /^p55/, 'the next predecessor is taken unasked');
});

test('[R13] with at most r + 1 registered members the pointers are derived, and no registered one is dropped', () => {
  const node = new ScriptedNode(10);
  node.input({ type: 'join', seeds: [] });
  node.input({ type: 'members', directory: createDirectory([10, 20, 30].map(at)) });
  assert.equal(node.pointers(), 'p30 | p20 p30');
  assert.equal(node.untilExchange(), 'p20');
  node.untilSilence();
  assert.equal(node.pointers(), 'p30 | p20 p30');
  assert.equal(node.untilExchange(), 'p30', 'the next one that answers is asked instead');
  node.answer(30, 20, [10]);
  node.input({ type: 'members', directory: createDirectory([10, 30].map(at)) });
  node.nowMs += 6000;
  while (node.state.exchange?.to.id !== 'p20') node.tick();
  node.untilSilence();
  assert.equal(node.pointers(), 'p30 | p30', 'registered no more, it goes like any other');
});

test('[R13] the last registered member has the ring to itself, and takes the next one in', () => {
  const node = new ScriptedNode(10);
  node.input({ type: 'join', seeds: [] });
  node.input({ type: 'members', directory: createDirectory([10, 20].map(at)) });
  assert.equal(node.pointers(), 'p20 | p20');
  node.input({ type: 'members', directory: createDirectory([at(10)]) });
  assert.equal(node.pointers(), 'p10 | ');
  const [lookup] = node.input({ type: 'lookup', requestId: 1, key: at(15).position });
  assert.ok(lookup?.type === 'lookupDone' && lookup.result.ok && lookup.result.owner.id === 'p10');
  node.input({ type: 'members', directory: createDirectory([10, 30].map(at)) });
  assert.equal(node.pointers(), 'p30 | p30');
});

test('[R13] where the last known successor is dead the registered members take its place', () => {
  const node = ScriptedNode.inRing(10, [20], { settings: { successors: 1 } });
  node.input({ type: 'members', directory: createDirectory([10, 90].map(at)) });
  assert.equal(node.pointers(), 'p90 | p20');
  node.untilExchange();
  node.untilSilence();
  assert.equal(node.pointers(), 'p90 | p90');
});

test('[R13] a silent registered successor keeps its place when the next one answers for itself', () => {
  const node = new ScriptedNode(10, { settings: { successors: 3 } });
  node.input({ type: 'join', seeds: [] });
  node.input({ type: 'members', directory: createDirectory([10, 20, 30, 60].map(at)) });
  node.untilExchange();
  node.untilSilence();
  assert.equal(node.untilExchange(), 'p30');
  node.answer(30, 20, [40, 50, 60]);
  assert.equal(node.pointers(), 'p60 | p20 p30 p40');
});

test('[R14] an old registered membership does not make a list skip members it lacks', () => {
  const node = ScriptedNode.inRing(10, [20, 30], { settings: { successors: 4 } });
  node.untilExchange();
  node.answer(20, 10, [25, 30]);
  node.input({ type: 'members', directory: createDirectory([10, 20, 28, 70].map(at)) });
  assert.equal(node.pointers(), 'p70 | p20 p25 p28 p30');
});

test('[R16] a joining node makes the ring anew only when most registered members say that there is none', () => {
  const places = [10, 20, 30, 40, 50, 60, 70, 80];
  const run = (outsiders: readonly number[], insider?: number): string => {
    const node = new ScriptedNode(10);
    node.input({ type: 'members', directory: createDirectory(places.map(at)) });
    node.input({ type: 'join', seeds: [] });
    for (let i = 0; i < 20 && ringStatus(node.state).phase === 'joining'; i++) {
      for (const place of outsiders) node.hear(place, { type: 'pong', requestId: 1, inside: false });
      if (insider !== undefined) node.hear(insider, { type: 'pong', requestId: 1, inside: true });
      node.tick();
    }
    return ringStatus(node.state).phase;
  };
  assert.equal(run([20, 30, 40]), 'joining', 'half of them is not enough');
  assert.equal(run([20, 30, 40, 50], 60), 'joining', 'one stands on a ring');
  assert.equal(run([20, 30, 40, 50]), 'inside');
});
