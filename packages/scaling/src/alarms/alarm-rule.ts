/** The rule of a composite alarm: `ALARM("cpu") AND NOT (OK(disk) OR INSUFFICIENT_DATA(disk))`. */
import type { AlarmState } from './alarm.ts';

export type AlarmRule =
  | { readonly type: 'constant'; readonly value: boolean }
  /** `alarm` is a name; of an ARN what stands after `:alarm:`. */
  | { readonly type: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly type: 'not'; readonly operand: AlarmRule }
  | { readonly type: 'and' | 'or'; readonly left: AlarmRule; readonly right: AlarmRule };

export class AlarmRuleError extends Error {
  override readonly name = 'AlarmRuleError';
}

/** AWS's limits. */
export const MAX_RULE_LENGTH = 10_240;
export const MAX_RULE_ELEMENTS = 500;
export const MAX_RULE_CHILDREN = 100;
const MAX_DEPTH = 100;

interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
  elements: number;
}

const STATES: readonly string[] = ['ALARM', 'OK', 'INSUFFICIENT_DATA'];

/** Throws `AlarmRuleError`, which names the place. */
export function parseAlarmRule(text: string): AlarmRule {
  if (text.length === 0 || text.length > MAX_RULE_LENGTH)
    throw new AlarmRuleError(`The rule has ${text.length} characters; 1 to ${MAX_RULE_LENGTH} are allowed`);
  const cursor: Cursor = { text, at: 0, depth: 0, elements: 0 };
  const rule = parseOr(cursor);
  if (wordAt(cursor) !== '') throw unexpected(cursor, 'AND, OR or the end was expected');
  return rule;
}

/** Every alarm that the rule names, once. */
export function alarmsIn(rule: AlarmRule): Set<string> {
  switch (rule.type) {
    case 'constant':
      return new Set();
    case 'state':
      return new Set([rule.alarm]);
    case 'not':
      return alarmsIn(rule.operand);
    default:
      return new Set([...alarmsIn(rule.left), ...alarmsIn(rule.right)]);
  }
}

/** An alarm that does not exist is in no state. */
export function isRuleTrue(rule: AlarmRule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.type) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !isRuleTrue(rule.operand, stateOf);
    case 'and':
      return isRuleTrue(rule.left, stateOf) && isRuleTrue(rule.right, stateOf);
    case 'or':
      return isRuleTrue(rule.left, stateOf) || isRuleTrue(rule.right, stateOf);
  }
}

function parseOr(cursor: Cursor): AlarmRule {
  let left = parseAnd(cursor);
  while (takeWord(cursor, 'OR')) left = { type: 'or', left, right: parseAnd(cursor) };
  return left;
}

function parseAnd(cursor: Cursor): AlarmRule {
  let left = parseOperand(cursor);
  while (takeWord(cursor, 'AND')) left = { type: 'and', left, right: parseOperand(cursor) };
  return left;
}

function parseOperand(cursor: Cursor): AlarmRule {
  countElement(cursor);
  if (takeWord(cursor, 'TRUE')) return { type: 'constant', value: true };
  if (takeWord(cursor, 'FALSE')) return { type: 'constant', value: false };
  if (takeWord(cursor, 'NOT')) return nested(cursor, () => ({ type: 'not', operand: parseOperand(cursor) }));
  if (takeWord(cursor, '('))
    return nested(cursor, () => {
      const inner = parseOr(cursor);
      if (!takeWord(cursor, ')')) throw unexpected(cursor, '")" was expected');
      return inner;
    });
  const state = STATES.find((one) => takeWord(cursor, one));
  if (state === undefined)
    throw unexpected(
      cursor,
      'ALARM(...), OK(...), INSUFFICIENT_DATA(...), NOT, TRUE, FALSE or "(" was expected',
    );
  return { type: 'state', state: state as AlarmState, alarm: parseReference(cursor) };
}

/** A name or an ARN, in quotes or not. */
function parseReference(cursor: Cursor): string {
  if (!takeWord(cursor, '(')) throw unexpected(cursor, '"(" was expected');
  const quote = wordAt(cursor);
  const isQuoted = quote === '"' || quote === "'";
  if (isQuoted) takeWord(cursor, quote);
  const end = cursor.text.indexOf(isQuoted ? quote : ')', cursor.at);
  const written = cursor.text.slice(cursor.at, Math.max(end, cursor.at));
  const reference = isQuoted ? written : written.trim();
  if (reference === '' || (!isQuoted && /[("']/.test(reference)))
    throw unexpected(cursor, 'the name or the ARN of an alarm and ")" were expected');
  cursor.at = isQuoted ? end + 1 : end;
  if (!takeWord(cursor, ')')) throw unexpected(cursor, '")" was expected');
  return alarmNameOf(reference);
}

/** Of an alarm's ARN, or of a name. */
export function alarmNameOf(reference: string): string {
  return /^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/.exec(reference)?.[1] ?? reference;
}

/** The word or the bracket at the cursor; empty at the end. */
function wordAt(cursor: Cursor): string {
  const pattern = /\s*([A-Za-z_]+|[^\s])?/y;
  pattern.lastIndex = cursor.at;
  return pattern.exec(cursor.text)?.[1] ?? '';
}

function takeWord(cursor: Cursor, word: string): boolean {
  if (wordAt(cursor) !== word) return false;
  cursor.at = cursor.text.indexOf(word, cursor.at) + word.length;
  return true;
}

function countElement(cursor: Cursor): void {
  cursor.elements++;
  if (cursor.elements > MAX_RULE_ELEMENTS)
    throw new AlarmRuleError(`The rule has more than ${MAX_RULE_ELEMENTS} elements`);
}

function nested(cursor: Cursor, parse: () => AlarmRule): AlarmRule {
  if (cursor.depth >= MAX_DEPTH) throw new AlarmRuleError(`The rule is nested deeper than ${MAX_DEPTH}`);
  cursor.depth++;
  const rule = parse();
  cursor.depth--;
  return rule;
}

function unexpected(cursor: Cursor, wanted: string): AlarmRuleError {
  const word = wordAt(cursor);
  const at = word === '' ? cursor.text.length : cursor.text.indexOf(word, cursor.at);
  const found = word === '' ? 'the end' : `"${word}"`;
  return new AlarmRuleError(`Unexpected ${found} at position ${at + 1} of the rule; ${wanted}`);
}
