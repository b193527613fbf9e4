import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextCronTime, parseCron } from './cron.ts';
import { nextRunMs, type ScheduledAction } from './scheduled-action.ts';
import { isTimeZone, wallClockAt } from './time-zone.ts';

function next(text: string, after: string, zone?: string): string | undefined {
  const cron = parseCron(text);
  assert.ok(typeof cron !== 'string', String(cron));
  const ms = nextCronTime(cron, Date.parse(after), zone);
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);
}

test('[P5] lists, ranges, steps and names', () => {
  assert.equal(next('30 0 1 1,6,12 *', '2026-02-03T00:00:00Z'), '2026-06-01T00:30');
  assert.equal(next('*/15 9-17 * * MON-FRI', '2026-11-20T17:45:00Z'), '2026-11-23T09:00');
  assert.equal(next('5/20 * * * *', '2026-01-01T00:25:00Z'), '2026-01-01T00:45');
  assert.equal(next('0 0 * * 7', '2026-11-21T00:00:00Z'), '2026-11-22T00:00', 'seven is Sunday');
  assert.equal(next('0 0 29 2 *', '2097-01-01T00:00:00Z'), '2104-02-29T00:00', '2100 is no leap year');
  assert.equal(next('0 0 30 2 *', '2026-01-01T00:00:00Z'), undefined);
});

test('[P5] with both day fields restricted, either matches', () => {
  assert.equal(next('0 0 13 * FRI', '2026-11-07T00:00:00Z'), '2026-11-13T00:00');
  assert.equal(next('0 0 15 * FRI', '2026-11-13T00:00:00Z'), '2026-11-15T00:00');
});

test('[P5] a time is always after the moment asked about', () => {
  assert.equal(next('0 12 * * *', '2026-11-21T12:00:00Z'), '2026-11-22T12:00');
  assert.equal(next('0 12 * * *', '2026-11-21T11:59:59Z'), '2026-11-21T12:00');
});

test('[P5] time zones keep the local hour across daylight saving', () => {
  assert.equal(next('0 9 * * *', '2026-03-28T09:00:00Z', 'Europe/Berlin'), '2026-03-29T07:00');
  assert.equal(next('0 9 * * *', '2026-03-27T12:00:00Z', 'Europe/Berlin'), '2026-03-28T08:00');
  assert.equal(
    next('30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin'),
    '2026-03-29T01:30',
    'the leapt hour',
  );
  assert.equal(
    next('30 2 * * *', '2026-10-24T12:00:00Z', 'Europe/Berlin'),
    '2026-10-25T00:30',
    'the first of two',
  );
  assert.equal(next('0 0 * * *', '2026-11-21T12:00:00Z', 'Pacific/Kiritimati'), '2026-11-22T10:00');
  assert.equal(isTimeZone('Europe/Berlin'), true);
  assert.equal(isTimeZone('Mars/Olympus'), false);
  assert.equal(wallClockAt('America/New_York', Date.UTC(2026, 0, 1, 5)), Date.UTC(2026, 0, 1));
});

test('[P5] what is no expression is said', () => {
  for (const text of [
    '* * * *',
    '60 * * * *',
    'a * * * *',
    '*/0 * * * *',
    '5-1 * * * *',
    '* * 0 * *',
    '1;2 * * * *',
  ]) {
    assert.equal(typeof parseCron(text), 'string', text);
  }
});

const action = (more: Partial<ScheduledAction>): ScheduledAction => ({
  name: 'a',
  id: 'a',
  desired: 1,
  ...more,
});

test('[P6] an action runs at its start, then as its recurrence says, until its end', () => {
  const start = Date.UTC(2026, 0, 1, 12, 30);
  const recurring = action({ startMs: start, recurrence: '0 * * * *', endMs: Date.UTC(2026, 0, 1, 14) });
  assert.equal(nextRunMs(recurring, 0), start);
  assert.equal(nextRunMs(recurring, start), Date.UTC(2026, 0, 1, 13));
  assert.equal(nextRunMs(recurring, Date.UTC(2026, 0, 1, 13)), undefined);
  assert.equal(nextRunMs(action({ startMs: start }), 0), start);
  assert.equal(nextRunMs(action({ startMs: start }), start), undefined);
});
