import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RingEffect } from './contract.ts';
import { createDirectory } from './directory.ts';
import { ringStatus } from './step.ts';
import { at, ScriptedNode } from './testing/scripted-node.ts';

const RING = [20, 30, 40, 50, 60];

/** Ticks for a while; every peer but the silent ones answers at once. */
function live(node: ScriptedNode, forMs: number, silent: readonly string[]): RingEffect[] {
  const effects: RingEffect[] = [];
  const untilMs = node.nowMs + forMs;
  while (node.nowMs < untilMs) {
    const batch = node.tick();
    effects.push(...batch);
    for (const effect of batch) {
      if (effect.type !== 'send' || silent.includes(effect.to.id)) continue;
      const place = Number(effect.to.id.slice(1));
      const { message } = effect;
      if (message.type === 'ping')
        node.hear(place, { type: 'pong', requestId: message.requestId, inside: true });
      if (message.type === 'stateRequest') {
        const later = RING.filter((other) => other > place);
        const list = place === 60 ? [10, ...RING.filter((other) => other !== 60)] : [...later, 10];
        node.answer(place, 10, list.slice(0, 4));
      }
    }
    if (!silent.includes('p60')) node.hear(60, { type: 'ping', requestId: 0 });
  }
  return effects;
}

function reports(effects: readonly RingEffect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'suspect' || effect.type === 'alive' ? [`${effect.type} ${effect.member.id}`] : [],
  );
}

test('[R18] silent neighbours are reported, again and again, and the others are not', () => {
  const node = ScriptedNode.inRing(10, RING);
  assert.deepEqual(reports(live(node, 20_000, [])), []);
  const effects = live(node, 9500, ['p20']);
  assert.deepEqual(reports(effects), ['suspect p20', 'suspect p20']);
  const first = effects.find((effect) => effect.type === 'suspect');
  assert.ok(first?.type === 'suspect' && first.silentMs >= 4000 && first.silentMs < 6000);
  assert.equal(node.pointers(), 'p60 | p30 p40 p50 p60', 'the ring has gone round it long ago');
  assert.deepEqual(
    ringStatus(node.state).suspects.map((member) => member.id),
    ['p20'],
  );
});

test('[R18] a silent predecessor is pinged and reported', () => {
  const node = ScriptedNode.inRing(10, RING);
  const effects = live(node, 6000, ['p60']);
  assert.deepEqual(reports(effects), ['suspect p60']);
  assert.ok(
    effects.some(
      (effect) => effect.type === 'send' && effect.to.id === 'p60' && effect.message.type === 'ping',
    ),
  );
});

test('[R18] a suspect that speaks again is alive', () => {
  const node = ScriptedNode.inRing(10, RING);
  live(node, 6000, ['p20']);
  assert.deepEqual(reports(node.hear(20, { type: 'ping', requestId: 1 })), ['alive p20']);
  assert.deepEqual(ringStatus(node.state).suspects, []);
});

test('[R18] who is registered no more is not watched any longer', () => {
  const node = ScriptedNode.inRing(10, RING);
  live(node, 6000, ['p20']);
  node.input({ type: 'members', directory: createDirectory([10, 30, 40, 50, 60, 70].map(at)) });
  assert.deepEqual(reports(live(node, 10_000, ['p20', 'p70'])), []);
});

test('[R18] in a small ring all dead successors up to the first that answers are reported', () => {
  const node = new ScriptedNode(10);
  node.input({ type: 'join', seeds: [] });
  node.input({ type: 'members', directory: createDirectory([10, 20, 30, 60].map(at)) });
  const reported = new Set(reports(live(node, 12_000, ['p20', 'p30'])));
  assert.deepEqual([...reported].toSorted(), ['suspect p20', 'suspect p30']);
});

test('[R19] an unreachable successor is asked again and then given up without waiting', () => {
  const node = ScriptedNode.inRing(10, RING);
  node.untilExchange();
  const startMs = node.nowMs;
  node.input({ type: 'unreachable', id: 'p20' });
  assert.equal(node.pointers(), 'p60 | p20 p30 p40 p50');
  node.input({ type: 'unreachable', id: 'p20' });
  assert.equal(node.pointers(), 'p60 | p30 p40 p50');
  assert.equal(node.nowMs, startMs);
});
