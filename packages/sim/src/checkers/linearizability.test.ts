import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { checkLinearizability } from './linearizability.ts';
import {
  ABSENT,
  applyOperation,
  type RegisterAction,
  type RegisterOperation,
  type RegisterOutcome,
} from './register.ts';

let nextId = 1;

function operation(
  startMs: number,
  endMs: number,
  action: RegisterAction,
  outcome: RegisterOutcome = { kind: 'ok' },
): RegisterOperation {
  return {
    id: nextId++,
    startMs,
    endMs: outcome.kind === 'unknown' ? Number.POSITIVE_INFINITY : endMs,
    action,
    outcome,
  };
}

const write = (start: number, end: number, value: string, outcome?: RegisterOutcome): RegisterOperation =>
  operation(start, end, { kind: 'write', value }, outcome);
const read = (start: number, end: number, seen: string): RegisterOperation =>
  operation(start, end, { kind: 'read' }, { kind: 'ok', seen });
const createOnly = (start: number, end: number, value: string, outcome: RegisterOutcome): RegisterOperation =>
  operation(start, end, { kind: 'write', value, condition: { kind: 'absent' } }, outcome);
const swap = (
  start: number,
  end: number,
  from: string,
  to: string,
  outcome: RegisterOutcome,
): RegisterOperation =>
  operation(start, end, { kind: 'write', value: to, condition: { kind: 'equals', values: [from] } }, outcome);
const remove = (start: number, end: number, outcome: RegisterOutcome = { kind: 'ok' }): RegisterOperation =>
  operation(start, end, { kind: 'delete' }, outcome);

const OK = { kind: 'ok' } as const;
const REFUSED = { kind: 'refused' } as const;
const UNKNOWN = { kind: 'unknown' } as const;

const GOOD: Record<string, RegisterOperation[]> = {
  'nothing happened': [],
  'a read before any write finds nothing': [read(0, 1, ABSENT)],
  'a read beside a write finds either': [write(0, 10, 'a'), read(1, 2, 'a'), read(3, 4, 'a')],
  'writes side by side take effect in either order': [
    write(0, 10, 'a'),
    write(0, 10, 'b'),
    read(11, 12, 'a'),
  ],
  'one of two creations wins': [createOnly(0, 5, 'a', OK), createOnly(0, 5, 'b', REFUSED), read(6, 7, 'a')],
  'an unknown write may take effect late': [
    write(0, 1, 'a'),
    write(2, 3, 'b', UNKNOWN),
    read(4, 5, 'a'),
    read(6, 7, 'b'),
  ],
  'an unknown write may never take effect': [
    write(0, 1, 'a'),
    write(2, 3, 'b', UNKNOWN),
    read(400, 500, 'a'),
  ],
  'an unknown delete explains a creation': [
    write(0, 1, 'a'),
    remove(2, 3, UNKNOWN),
    createOnly(4, 5, 'b', OK),
  ],
  'a delete that could have come early comes late': [
    write(0, 1, 'a'),
    remove(2, 3),
    remove(2, 9),
    write(4, 5, 'b'),
    read(6, 7, ABSENT),
  ],
  'a swap follows its read': [
    write(0, 1, 'a'),
    swap(2, 3, 'a', 'b', OK),
    swap(4, 5, 'a', 'c', REFUSED),
    read(6, 7, 'b'),
  ],
};

const BAD: Record<string, RegisterOperation[]> = {
  'a read after an acknowledged write misses it': [write(0, 1, 'a'), read(2, 3, ABSENT)],
  'a value comes back after it was overwritten': [write(0, 1, 'a'), write(2, 3, 'b'), read(4, 5, 'a')],
  'two readers in a row go back in time': [
    write(0, 1, 'a'),
    write(2, 20, 'b'),
    read(3, 4, 'b'),
    read(5, 6, 'a'),
  ],
  'two creations win': [createOnly(0, 5, 'a', OK), createOnly(0, 5, 'b', OK)],
  'two swaps win on one value': [write(0, 1, 'a'), swap(2, 3, 'a', 'b', OK), swap(2, 3, 'a', 'c', OK)],
  'a creation is refused where nothing was': [createOnly(0, 1, 'a', REFUSED)],
  'a deleted object is seen': [write(0, 1, 'a'), remove(2, 3), read(4, 5, 'a')],
  'a delete found something where nothing was': [remove(0, 1, { kind: 'ok', existed: true })],
  'a write that was never made is read': [write(0, 1, 'a'), read(2, 3, 'z')],
  'an unknown write is read before it began': [read(0, 1, 'a'), write(2, 3, 'a', UNKNOWN)],
  'an unknown write takes effect twice': [
    write(0, 1, 'u', UNKNOWN),
    read(2, 3, 'u'),
    write(4, 5, 'a'),
    read(6, 7, 'a'),
    read(8, 9, 'u'),
  ],
};

test('[L1] good histories pass', () => {
  for (const [name, history] of Object.entries(GOOD)) {
    assert.equal(checkLinearizability(history).verdict, 'linearizable', name);
  }
});

test('[L1] bad histories are refused', () => {
  for (const [name, history] of Object.entries(BAD)) {
    assert.equal(checkLinearizability(history).verdict, 'violated', name);
  }
});

test('[L1] the search agrees with trying every order', () => {
  const random = seededRandom(7);
  const verdicts = { linearizable: 0, violated: 0 };
  for (let i = 0; i < 3000; i++) {
    const history = randomHistory(random);
    const found = checkLinearizability(history).verdict;
    const expected = hasOrder(history, ABSENT) ? 'linearizable' : 'violated';
    assert.equal(found, expected, JSON.stringify(history));
    verdicts[expected]++;
  }
  assert.ok(verdicts.linearizable > 300 && verdicts.violated > 300, JSON.stringify(verdicts));
});

test('[L2] a long history of one busy key is decided quickly', () => {
  const random = seededRandom(3);
  const history: RegisterOperation[] = [];
  let state = ABSENT;
  for (let i = 0; i < 400; i++) {
    const at = 10 * i;
    if (random.chance(0.3)) {
      state = `v${i}`;
      const isUnknown = random.chance(0.1);
      history.push(write(at - random.int(30), at + random.int(30), state, isUnknown ? UNKNOWN : OK));
    } else history.push(read(at - random.int(30), at + random.int(30), state));
  }
  assert.equal(checkLinearizability(history).verdict, 'linearizable');
});

function randomHistory(random: Random): RegisterOperation[] {
  const values = ['a', 'b', 'c'];
  return Array.from({ length: 2 + random.int(5) }, (_, i) => {
    const start = random.int(12);
    const end = start + random.int(5);
    const unknown = random.chance(0.25);
    const mutation = unknown ? UNKNOWN : random.chance(0.3) ? REFUSED : OK;
    const value = `${values[i % 3]}${i}`;
    const anyValue = `${values[random.int(3)]}${random.int(5)}`;
    switch (random.int(5)) {
      case 0:
        return write(start, end, value, unknown ? UNKNOWN : OK);
      case 1:
        return createOnly(start, end, value, mutation);
      case 2:
        return remove(
          start,
          end,
          unknown ? UNKNOWN : random.chance(0.5) ? OK : { kind: 'ok', existed: random.chance(0.5) },
        );
      case 3:
        return swap(start, end, anyValue, value, mutation);
      default:
        return read(start, end, random.chance(0.4) ? ABSENT : anyValue);
    }
  });
}

/** Every order of every choice of unknown operations: the definition itself. */
function hasOrder(rest: readonly RegisterOperation[], state: string): boolean {
  if (rest.every(({ outcome }) => outcome.kind === 'unknown')) return true;
  return rest.some((candidate) => {
    const others = rest.filter((other) => other !== candidate);
    if (others.some((other) => other.endMs < candidate.startMs)) return false;
    const after = applyOperation(candidate, state);
    return after !== undefined && hasOrder(others, after);
  });
}
