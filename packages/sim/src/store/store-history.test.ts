import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ToyDefect, toyLaunch, toyState } from '../testing/toy-store.ts';
import { type HistoryReport, type Inspector, StoreHistory } from './store-history.ts';

const BLIND: Inspector = {
  look: () => {},
  missing: () => undefined,
  learners: () => [],
  isVoter: () => false,
  disorder: () => undefined,
  litter: () => undefined,
  verdict: () => [],
  counts: () => ({}),
};

function runToy(seed: number, defect: ToyDefect = 'none'): Promise<HistoryReport> {
  return new StoreHistory({
    seed,
    mode: 'safety',
    durationMs: 8000,
    launch: toyLaunch(toyState(defect)),
    inspect: () => BLIND,
  }).run();
}

test('[S1] a right store passes under all faults', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const report = await runToy(seed);
    assert.deepEqual(report.failures, [], `seed ${seed}`);
    assert.ok(report.counts['done']! > 20, JSON.stringify(report.counts));
  }
});

test('[S1] one seed gives one history', async () => {
  const [first, second, other] = [await runToy(11), await runToy(11), await runToy(12)];
  assert.deepEqual([first.digest, first.counts], [second.digest, second.counts]);
  assert.notEqual(first.digest, other.digest);
});

for (const defect of [
  'stale reads',
  'forgets writes',
  'ignores conditions',
  'lists late',
  'wrong bytes',
] as const) {
  test(`[S2] a store with a defect is found out: ${defect}`, async () => {
    for (let seed = 1; seed <= 6; seed++) if ((await runToy(seed, defect)).failures.length > 0) return;
    assert.fail('six seeds saw nothing');
  });
}
