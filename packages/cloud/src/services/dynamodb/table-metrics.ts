/** The metrics of tables in AWS/DynamoDB: every minute, divided by the speed, what happened since. Nothing is published of tables that rest. */
import type { Timer } from '@crescendo/base';
import type { ServiceCaller } from '../../contract/service.ts';
import type { CloudTime } from '../../contract/time.ts';
import type { Meter } from './meter.ts';

const MINUTE_MS = 60_000;
/** Of one call of PutMetricData. */
const MOST_A_CALL = 1_000;

export class TableMetrics {
  readonly #meter: Meter;
  readonly #time: CloudTime;
  readonly #services: ServiceCaller;
  readonly #log: (line: string) => void;
  #timer: Timer | undefined;

  constructor(meter: Meter, time: CloudTime, services: ServiceCaller, log: (line: string) => void) {
    this.#meter = meter;
    this.#time = time;
    this.#services = services;
    this.#log = log;
  }

  start(): void {
    const { clock, speed } = this.#time;
    const everyMs = MINUTE_MS / speed;
    this.#timer = clock.setTimer(everyMs - (clock.wallMs() % everyMs), () => {
      this.start();
      void this.#publish();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  async #publish(): Promise<void> {
    const { clock, speed } = this.#time;
    const Timestamp = new Date(clock.wallMs());
    const resolution = speed > 1 ? { StorageResolution: 1 } : {};
    const metrics = this.#meter.take().map((metric) => ({ ...metric, ...resolution, Timestamp }));
    for (let at = 0; at < metrics.length; at += MOST_A_CALL) {
      const MetricData = metrics.slice(at, at + MOST_A_CALL);
      try {
        await this.#services.call('monitoring', 'PutMetricData', { Namespace: 'AWS/DynamoDB', MetricData });
      } catch (error) {
        this.#log(`metrics of tables: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}
