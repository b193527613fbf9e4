/**
 * What the history says: is every key linearizable, is everything that was written once still there, do listings agree.
 *
 * (J1) A history is judged first without the open writes that nobody has ever seen: they may never have happened, and without them
 *      the search is short. Only when that explains nothing are they tried.
 */
import { keyHistories } from '../../packages/sim/src/checkers/key-histories.ts';
import { checkLinearizability } from '../../packages/sim/src/checkers/linearizability.ts';
import type { RegisterOperation } from '../../packages/sim/src/checkers/register.ts';
import type { Door, Load } from './load.ts';

export interface Judgement {
  readonly keys: number;
  /** Keys that were written once, acknowledged, and are not there or not what was written. */
  readonly lost: readonly string[];
  /** Bodies, ETags and histories that nothing explains. */
  readonly wrong: readonly string[];
  /** Histories too long to decide. */
  readonly undecided: number;
}

/** To be asked when the load has ended and every key was read once more. */
export function judge<Place extends Door>(load: Load<Place>): Judgement {
  const wrong = [...load.wrong];
  let undecided = 0;
  const histories = keyHistories(load.operations);
  for (const [name, history] of histories) {
    const verdict = judgeKey(history);
    if (verdict === 'undecided') undecided++;
    else if (verdict !== undefined) wrong.push(`key ${name}: ${verdict}`);
  }
  return { keys: histories.size, lost: findLost(load), wrong, undecided };
}

/** (J1) */
function judgeKey(history: readonly RegisterOperation[]): string | 'undecided' | undefined {
  const seen = new Set(history.flatMap(({ outcome }) => (outcome.kind === 'ok' ? [outcome.seen] : [])));
  const isNeeded = ({ action, outcome }: RegisterOperation): boolean =>
    outcome.kind !== 'unknown' || (action.kind === 'write' && seen.has(action.value));
  for (const operations of [history.filter(isNeeded), history]) {
    const result = checkLinearizability(operations);
    if (result.verdict === 'linearizable') return undefined;
    if (operations !== history) continue;
    return result.verdict === 'undecided' ? 'undecided' : result.explanation;
  }
  return undefined;
}

/** By the last read of each key that was written once. */
function findLost({ operations, kept }: Pick<Load, 'operations' | 'kept'>): string[] {
  const found = new Map<string, string>();
  for (const { request, response } of operations) {
    if (request.kind !== 'get' || !kept.has(request.key)) continue;
    found.set(request.key, response.kind === 'found' ? response.etag : JSON.stringify(response));
  }
  return [...kept]
    .filter(([key, etag]) => found.get(key) !== etag)
    .map(([key, etag]) => `${key}: ${etag} was acknowledged, ${found.get(key) ?? 'no answer'} was read`);
}
