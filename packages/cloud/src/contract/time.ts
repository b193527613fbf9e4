/**
 * Time in the cloud. Clocks are real. `speed` divides only the durations of alarms and policies and the agent's interval, for
 * demonstrations: hooks, health, visibility, signatures and time stamps keep true time.
 */
import type { Clock } from '@crescendo/base';

export interface CloudTime {
  readonly clock: Clock;
  /** 1 or more. */
  readonly speed: number;
}
