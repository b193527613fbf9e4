/** What the laboratory asks of whatever gives the instances work. Instance ids are EC2's. */
export interface Workload {
  /** The instance works from now on, at so many jobs at once. */
  addInstance(instanceId: string, slots: number): void;
  has(instanceId: string): boolean;
  /** The instance begins nothing more; `onDrained` is called when it has nothing in hand, also at once. */
  stopTaking(instanceId: string, onDrained: () => void): void;
  /** The instance is gone. */
  remove(instanceId: string): void;
  /** Milliseconds that jobs were worked on by the instance, summed over its workers; never goes back. */
  busyMs(instanceId: string): number;
}
