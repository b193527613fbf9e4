/**
 * Notification rules of buckets in their home partition: what holds, and whether every partition has heard of it.
 *
 * (R1) The home partition numbers sets of rules in the order in which it took them; the highest number holds.
 * (R2) Rules that were put are noted as work until every partition has them, so anybody may go on with it.
 */
import { toHex } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import type { CommandResult, FinishBucketRules, PutBucketRules } from '../command.ts';
import { refuse } from '../command.ts';
import { MAXIMUM_PAGE_ROWS } from '../limits.ts';
import type { BucketRulesQuery, QueryResult, RuleWork, RuleWorkQuery } from '../query.ts';
import {
  clearBucketWork,
  decodeBucketWork,
  noteBucketWork,
  readHomeBucket,
  writeHomeBucket,
} from '../state/bucket-record.ts';
import { prefixRange, TABLE, tableKey } from '../state/keys.ts';
import type { Application } from './context.ts';
import { checkRules } from './events.ts';

export function applyPutBucketRules(
  { kv, context }: Application,
  { bucket, rules }: PutBucketRules,
): CommandResult<PutBucketRules> {
  const refusal = checkRules(rules);
  if (refusal !== undefined) return refusal;
  const home = readHomeBucket(kv, bucket);
  if (home === undefined) return refuse('NoSuchBucket', `There is no bucket ${bucket}.`);
  const { generation } = home;
  const number = context.index; // (R1)
  writeHomeBucket(kv, bucket, { ...home, rules: { number, rules } });
  noteBucketWork(kv, TABLE.ruleWork, generation, bucket, context.timestampMs); // (R2)
  return { ok: true, generation, number };
}

export function applyFinishBucketRules(
  { kv }: Application,
  { bucket, generation, number }: FinishBucketRules,
): CommandResult<FinishBucketRules> {
  const home = readHomeBucket(kv, bucket);
  const isNewest = home?.generation !== generation || (home.rules?.number ?? 0) <= number;
  if (isNewest) clearBucketWork(kv, TABLE.ruleWork, generation);
  return { ok: true };
}

export function answerBucketRules(kv: KvReader, { bucket }: BucketRulesQuery): QueryResult<BucketRulesQuery> {
  const home = readHomeBucket(kv, bucket);
  if (home === undefined) return refuse('NoSuchBucket', `There is no bucket ${bucket}.`);
  const { generation, rules = { number: 0, rules: [] } } = home;
  return { ok: true, generation, ...rules };
}

export function answerRuleWork(kv: KvReader, { limit }: RuleWorkQuery): QueryResult<RuleWorkQuery> {
  const range = prefixRange(tableKey(TABLE.ruleWork));
  const pairs = kv.range({ ...range, limit: Math.min(limit, MAXIMUM_PAGE_ROWS) });
  const work = Array.from(pairs, ({ key, value }): RuleWork => {
    return { generation: toHex(key.subarray(1)), ...decodeBucketWork(value) };
  });
  return { ok: true, work };
}
