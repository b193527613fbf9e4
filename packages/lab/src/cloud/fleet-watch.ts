/** Looks at the group whenever something may have changed, and keeps what it saw: the fleet over time. */
import type { VirtualCloud } from '@crescendo/cloud/virtual';
import type { GroupAnswer } from './answers.ts';

/** From a time of the clock until the next look that saw something else. */
export interface FleetSight {
  readonly atMs: number;
  readonly desired: number;
  readonly inService: number;
  /** All that are there, whatever their state. */
  readonly total: number;
}

const MINUTE_MS = 60_000;

export class FleetWatch {
  readonly sights: FleetSight[] = [];
  failure: unknown;
  readonly #cloud: VirtualCloud;
  readonly #groupName: string;
  #waits = false;

  constructor(cloud: VirtualCloud, groupName: string) {
    this.#cloud = cloud;
    this.#groupName = groupName;
    cloud.onInstance(() => this.look());
    this.look();
    this.#everyMinute();
  }

  /** Soon: whatever is under way now is done then. */
  look(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#cloud.clock.setTimer(1, () => {
      this.#waits = false;
      this.#see().catch((error: unknown) => {
        this.failure ??= error;
      });
    });
  }

  /** Scaling in is decided a moment after its alarm: a look at full minutes alone would be late. */
  #everyMinute(): void {
    const { clock } = this.#cloud;
    for (const offsetMs of [0, 1_500]) {
      const again = (): void => {
        clock.at((Math.floor((clock.nowMs() - offsetMs) / MINUTE_MS) + 1) * MINUTE_MS + offsetMs, () => {
          this.look();
          clock.unsettled();
          again();
        });
      };
      again();
    }
  }

  async #see(): Promise<void> {
    const { AutoScalingGroups = [] } = await this.#cloud.services.call<{
      AutoScalingGroups?: readonly GroupAnswer[];
    }>('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames: [this.#groupName] });
    const group = AutoScalingGroups[0];
    if (group === undefined) return;
    const instances = group.Instances ?? [];
    const seen = {
      desired: group.DesiredCapacity,
      inService: instances.filter(({ LifecycleState }) => LifecycleState === 'InService').length,
      total: instances.length,
    };
    const last = this.sights.at(-1);
    const same =
      last !== undefined &&
      last.desired === seen.desired &&
      last.inService === seen.inService &&
      last.total === seen.total;
    if (!same) this.sights.push({ atMs: this.#cloud.clock.nowMs(), ...seen });
  }
}
