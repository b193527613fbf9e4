/**
 * CloudWatch: metrics, alarms and dashboards over the scaler's engine. It does not know the wire, nor what the actions of its alarms do.
 */
import type { OperationHandler } from '../../contract/service.ts';
import { Dashboards } from './dashboards.ts';
import { EvaluationLoop } from './evaluation-loop.ts';
import { KeptAlarms } from './kept-alarms.ts';
import { KeptMetrics } from './kept-metrics.ts';
import { metricTimeOf } from './metric-time.ts';
import { CHANGES_ALARMS, operationsOf, type Parts } from './operations.ts';
import type { CloudWatch, CloudWatchPorts } from './ports.ts';
import { Tags } from './tags.ts';

export type { AlarmActionEvent, AlarmActionListener, CloudWatch, CloudWatchPorts } from './ports.ts';

/** Reads back what was recorded; evaluates nothing before `start`. */
export function createCloudWatch(ports: CloudWatchPorts): CloudWatch {
  const parts = partsOf(ports);
  const { alarms, metrics } = parts;
  const { clock } = ports.time;
  const loop = new EvaluationLoop(clock, {
    nextTickMs: () => alarms.nextTickMs(),
    tick: () => alarms.step({ type: 'tick' }),
    sweep: () => {
      metrics.sweep();
      alarms.history.sweep(clock.wallMs());
    },
  });
  const operations = rescheduling(operationsOf(parts), () => loop.schedule());
  return {
    service: { signingName: 'monitoring', operations },
    putSamples: (samples) => metrics.putWhatFits(samples),
    start: async () => {
      alarms.resume();
      loop.start();
    },
    stop: async () => {
      loop.stop();
      await alarms.settle();
    },
  };
}

function partsOf(ports: CloudWatchPorts): Parts {
  const time = metricTimeOf(ports.time);
  const metrics = new KeptMetrics(ports.records, time);
  const alarms = new KeptAlarms(ports, metrics.store);
  const dashboards = new Dashboards(ports);
  const tags = new Tags(ports, (arn) => {
    const alarm = /:alarm:(.+)$/.exec(arn)?.[1];
    const dashboard = /:dashboard\/(.+)$/.exec(arn)?.[1];
    return alarm !== undefined
      ? alarms.get(alarm) !== undefined
      : dashboard !== undefined && dashboards.has(dashboard);
  });
  return { ports, time, metrics, alarms, dashboards, tags };
}

function rescheduling(
  operations: Readonly<Record<string, OperationHandler>>,
  schedule: () => void,
): Record<string, OperationHandler> {
  const wrap = (name: string, run: OperationHandler): OperationHandler =>
    CHANGES_ALARMS.has(name)
      ? (input, context) => {
          const output = run(input, context);
          schedule();
          return output;
        }
      : run;
  return Object.fromEntries(Object.entries(operations).map(([name, run]) => [name, wrap(name, run)]));
}
