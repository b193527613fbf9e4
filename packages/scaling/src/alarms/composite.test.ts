import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AlarmBench, alarmOf, TOPIC } from '../testing/alarm-bench.ts';
import type { AlarmState } from './alarm.ts';
import { AlarmRuleError, alarmsIn, isRuleTrue, parseAlarmRule } from './alarm-rule.ts';

function putComposite(bench: AlarmBench, name: string, rule: string): void {
  const { name: _, watches: __, ...rest } = alarmOf({});
  bench.step({ type: 'put', definition: { ...rest, type: 'composite', name, rule, alarmActions: [TOPIC] } });
}

function set(bench: AlarmBench, name: string, state: AlarmState): void {
  bench.step({ type: 'set-state', name, state, reason: 'test', reasonData: undefined });
}

test('[A15] a composite alarm follows the alarms of its rule, at once and through other composites', () => {
  const bench = new AlarmBench();
  for (const name of ['a', 'b']) bench.put({ name });
  putComposite(bench, 'both', 'ALARM("a") AND ALARM("b")');
  putComposite(bench, 'top', 'ALARM(both) OR INSUFFICIENT_DATA(a)');
  assert.deepEqual([bench.state('both'), bench.state('top')], ['OK', 'ALARM']);
  set(bench, 'a', 'ALARM');
  assert.deepEqual([bench.state('both'), bench.state('top')], ['OK', 'OK']);
  set(bench, 'b', 'ALARM');
  assert.deepEqual([bench.state('both'), bench.state('top')], ['ALARM', 'ALARM']);
  assert.match(bench.status('both').reason, /^Alarm b transitioned to ALARM at /);
  assert.equal(bench.actions.filter(({ alarmName }) => alarmName === 'both').length, 1);
});

test('[A15] a state that was set on a composite alarm lasts until an alarm of its rule changes', () => {
  const bench = new AlarmBench();
  bench.put({ name: 'a' });
  putComposite(bench, 'c', 'ALARM(a)');
  set(bench, 'c', 'ALARM');
  bench.minute(1);
  assert.equal(bench.state('a'), 'OK');
  assert.equal(bench.state('c'), 'OK');
});

test('[A15] rules in a circle end', () => {
  const bench = new AlarmBench();
  bench.put({ name: 'a' });
  putComposite(bench, 'x', 'NOT ALARM(y) AND ALARM(a)');
  putComposite(bench, 'y', 'ALARM(x) AND ALARM(a)');
  set(bench, 'a', 'ALARM');
  assert.ok(['OK', 'ALARM'].includes(bench.state('x')));
});

test('[A15] composite alarms live through a restart', () => {
  const bench = new AlarmBench();
  bench.put({ name: 'a' });
  putComposite(bench, 'c', 'ALARM(a)');
  set(bench, 'a', 'ALARM');
  bench.restart();
  assert.equal(bench.state('c'), 'ALARM');
  set(bench, 'a', 'OK');
  assert.equal(bench.state('c'), 'OK');
});

test('[A15] rules: precedence, quotes, ARNs, constants', () => {
  const states: Record<string, AlarmState> = { a: 'ALARM', 'b c': 'OK', d: 'INSUFFICIENT_DATA' };
  states['odd (name)'] = 'ALARM';
  const table: readonly (readonly [string, boolean])[] = [
    ['TRUE', true],
    ['NOT TRUE', false],
    ['ALARM(a)', true],
    ["ALARM('a')", true],
    ['ALARM( a )', true],
    ['ALARM("odd (name)")', true],
    ['OK("b c")', true],
    ['OK(b c)', true],
    ['ALARM(arn:aws:cloudwatch:us-east-1:000000000000:alarm:a)', true],
    ['FALSE AND FALSE OR TRUE', true],
    ['TRUE OR FALSE AND FALSE', true],
    ['(TRUE OR FALSE) AND FALSE', false],
    ['NOT FALSE AND FALSE', false],
    ['NOT (FALSE AND FALSE)', true],
    ['ALARM(a) AND NOT INSUFFICIENT_DATA(d)', false],
    ['ALARM(unknown)', false],
    ['  ALARM ( "a" )\n  AND OK("b c")', true],
  ];
  for (const [text, expected] of table)
    assert.equal(
      isRuleTrue(parseAlarmRule(text), (name) => states[name]),
      expected,
      text,
    );
  assert.deepEqual([...alarmsIn(parseAlarmRule('ALARM(a) OR (OK(b) AND NOT ALARM(a))'))], ['a', 'b']);
});

test('[A15] what is no rule is refused with its place', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['ALARM(a', /Unexpected "a" at position 7/],
    ['ALARM(', /Unexpected the end at position 7/],
    ['ALARM("a)', /Unexpected "a" at position 8/],
    ['ALARM("a" b)', /Unexpected "b" at position 11 of the rule; "\)" was expected/],
    ['ALARM(a(b))', /Unexpected "a" at position 7/],
    [`ALARM(${' '.repeat(10_000)}`, /Unexpected the end/],
    ['ALARM()', /Unexpected "\)" at position 7 of the rule; the name or the ARN of an alarm/],
    ['ALARM(a) OK(b)', /Unexpected "OK" at position 10 of the rule; AND, OR or the end was expected/],
    ['ALARM(a) AND', /Unexpected the end at position 13/],
    ['alarm(a)', /Unexpected "alarm" at position 1/],
    ['', /0 characters/],
    [`${'NOT '.repeat(400)}TRUE`, /nested deeper than 100/],
    [Array.from({ length: 501 }, () => 'TRUE').join(' OR '), /more than 500 elements/],
  ];
  for (const [text, pattern] of wrong)
    assert.throws(
      () => parseAlarmRule(text),
      (error: unknown) => error instanceof AlarmRuleError && pattern.test(error.message),
      text.slice(0, 40),
    );
});
