/** The metrics of groups in AWS/AutoScaling: once a minute of the alarms' time, those that a group has enabled. */
import type { Timer } from '@crescendo/base';
import type { GroupState } from '@crescendo/scaling';
import type { GroupKeeper } from './group-keeper.ts';

const MINUTE_MS = 60_000;

type Measure = (state: GroupState) => number;

function count(...prefixes: readonly string[]): Measure {
  return ({ instances }) =>
    [...instances.values()].filter(({ lifecycle }) => prefixes.some((prefix) => lifecycle.startsWith(prefix)))
      .length;
}

/** Instances weigh one each, so units of capacity are instances. Warm pools are not done: they have no metrics. */
const MEASURES: Readonly<Record<string, Measure>> = {
  GroupMinSize: ({ settings }) => settings.min,
  GroupMaxSize: ({ settings }) => settings.max,
  GroupDesiredCapacity: ({ vitals }) => vitals.desired,
  GroupInServiceInstances: count('InService'),
  GroupPendingInstances: count('Pending'),
  GroupStandbyInstances: count('Standby', 'EnteringStandby'),
  GroupTerminatingInstances: count('Terminating'),
  GroupTotalInstances: ({ instances }) => instances.size,
  GroupInServiceCapacity: count('InService'),
  GroupPendingCapacity: count('Pending'),
  GroupStandbyCapacity: count('Standby', 'EnteringStandby'),
  GroupTerminatingCapacity: count('Terminating'),
  GroupTotalCapacity: ({ instances }) => instances.size,
};

export const GROUP_METRICS: readonly string[] = Object.keys(MEASURES);

/** Publishes on every full minute until it is stopped. `speed` divides the minute, as it does for the alarms that look at these metrics. */
export class GroupMetrics {
  readonly #keeper: GroupKeeper;
  #timer: Timer | undefined;

  constructor(keeper: GroupKeeper) {
    this.#keeper = keeper;
  }

  start(): void {
    const { clock, speed } = this.#keeper.ports.time;
    const everyMs = MINUTE_MS / speed;
    const delayMs = everyMs - (clock.wallMs() % everyMs);
    this.#timer = clock.setTimer(delayMs, () => {
      this.start();
      void this.#publish();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  async #publish(): Promise<void> {
    const { services, log } = this.#keeper.ports;
    const Timestamp = new Date(this.#keeper.nowMs);
    for (const [name, { state, details }] of [...this.#keeper.groups]) {
      if (details.enabledMetrics.length === 0) continue;
      const MetricData = details.enabledMetrics.map((MetricName) => ({
        MetricName,
        Dimensions: [{ Name: 'AutoScalingGroupName', Value: name }],
        Timestamp,
        Value: MEASURES[MetricName]!(state),
        Unit: 'None',
      }));
      try {
        await services.call('monitoring', 'PutMetricData', { Namespace: 'AWS/AutoScaling', MetricData });
      } catch (error) {
        log?.(`metrics of group ${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}
