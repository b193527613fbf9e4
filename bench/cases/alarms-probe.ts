import {
  createAlarms,
  type MetricAlarmDefinition,
  type MetricIdentity,
  MetricStore,
  stepAlarms,
} from '@crescendo/scaling';
import type { Note } from '../report/note.ts';
import type { Probe } from './probe.ts';

const ALARMS = 10_000;
const MINUTES = 30;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const POLICY =
  'arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:1:autoScalingGroupName/g:policyName/p';

/** What metrics and alarms cost, in virtual time: shares of a core, and how fast a day of a group is simulated. */
export const alarmsProbe: Probe = {
  name: 'alarms',
  long: false,
  run: async () => [...manyAlarms(), ...dayOfGroup()],
};

function alarm(
  name: string,
  metric: MetricIdentity,
  part: Partial<MetricAlarmDefinition>,
): MetricAlarmDefinition {
  return {
    ...{ type: 'metric', name, actionsEnabled: true, okActions: [], alarmActions: [POLICY] },
    ...{
      insufficientDataActions: [],
      comparison: 'GreaterThanThreshold',
      threshold: 50,
      evaluationPeriods: 15,
    },
    watches: { type: 'metric', source: { metric, period: 60, statistic: 'Average' } },
    ...part,
  };
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function manyAlarms(): Note[] {
  const metrics = new MetricStore();
  const alarms = createAlarms();
  const identities = Array.from({ length: ALARMS }, (_, i) => ({
    ...{ namespace: 'CWAgent', name: 'disk_used_percent' },
    dimensions: [{ name: 'InstanceId', value: `i-${i}` }],
  }));
  identities.forEach((metric, i) => {
    stepAlarms(alarms, { type: 'put', definition: alarm(`a${i}`, metric, {}) }, START, metrics);
  });
  let putMs = 0;
  let lookMs = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const timeMs = START + minute * MINUTE;
    putMs += cpuMs(() => {
      for (const metric of identities)
        metrics.put({ metric, timeMs, data: { type: 'value', value: (minute * 7) % 49 } }, timeMs);
    });
    lookMs += cpuMs(() => {
      stepAlarms(alarms, { type: 'tick' }, timeMs + MINUTE, metrics);
    });
  }
  const looks = ALARMS * MINUTES;
  const share = (lookMs / (MINUTES * MINUTE)) * 100;
  return [
    { name: 'alarms: looks a second of a core', value: Math.round((looks / lookMs) * 1_000).toString() },
    { name: `alarms: share of a core for ${ALARMS} of them, every minute`, value: `${share.toFixed(3)} %` },
    { name: 'metrics: samples a second of a core', value: Math.round((looks / putMs) * 1_000).toString() },
  ];
}

function dayOfGroup(): Note[] {
  const metrics = new MetricStore();
  const alarms = createAlarms();
  const dimensions = [{ name: 'AutoScalingGroupName', value: 'g' }];
  const metric = { namespace: 'AWS/EC2', name: 'CPUUtilization', dimensions };
  const low = { comparison: 'LessThanThreshold', threshold: 40 } as const;
  for (const definition of [alarm('high', metric, { evaluationPeriods: 3 }), alarm('low', metric, low)])
    stepAlarms(alarms, { type: 'put', definition }, START, metrics);
  const spentMs = cpuMs(() => {
    for (let minute = 0; minute < 1_440; minute++) {
      const nowMs = START + minute * MINUTE;
      for (let i = 0; i < 100; i++) {
        const value = ((minute * 7 + i * 13) % 100) + i / 100;
        metrics.put({ metric, timeMs: nowMs + i * 500, data: { type: 'value', value } }, nowMs);
      }
      stepAlarms(alarms, { type: 'tick' }, nowMs + MINUTE, metrics);
    }
  });
  return [{ name: 'metrics and alarms of a day of a group of 100: processor ms', value: spentMs.toFixed(0) }];
}
