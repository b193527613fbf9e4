import type { Operation } from '../store/operation.ts';
import { bucketHistories, type Histories, keyHistories } from './key-histories.ts';
import { checkLinearizability } from './linearizability.ts';

export interface HistoryVerdict {
  /** One text for each key or bucket whose history has no explanation. */
  readonly violations: readonly string[];
  /** Histories that were too long to decide. */
  readonly undecided: number;
  readonly registers: number;
}

/** Linearizability of every key and every bucket, listings included. */
export function checkHistory(operations: readonly Operation[]): HistoryVerdict {
  const violations: string[] = [];
  let undecided = 0;
  let registers = 0;
  const check = (kind: string, histories: Histories): void => {
    for (const [name, history] of histories) {
      registers++;
      const result = checkLinearizability(history);
      if (result.verdict === 'undecided') undecided++;
      if (result.verdict === 'violated') violations.push(`${kind} ${name}: ${result.explanation}`);
    }
  };
  check('key', keyHistories(operations));
  check('bucket', bucketHistories(operations));
  return { violations, undecided, registers };
}
