import { parsePosition } from '@crescendo/ring';
import type { Member, SystemState } from '../system/state.ts';
import type { StoreNodePorts } from './ports.ts';
import { RingDriver } from './ring-driver.ts';
import type { StoreNodeOptions } from './store-node-options.ts';

/** Puts this node on the ring where the system group says that it stands, and keeps the ring's members as registered. */
export class RingSeat {
  /** Absent while the node has no place. */
  driver: RingDriver | undefined;
  private readonly ports: StoreNodePorts;
  private readonly options: StoreNodeOptions;

  constructor(ports: StoreNodePorts, options: StoreNodeOptions) {
    this.ports = ports;
    this.options = options;
  }

  /** `isNewcomer`: this process has joined, not come back. */
  follow(self: Member, state: SystemState, isNewcomer: boolean): void {
    const position = parsePosition(self.position);
    if (position === undefined) return;
    // A member that was out comes back to another place when its own was given away meanwhile.
    const hasMoved = this.driver !== undefined && this.driver.status().self.position !== position;
    if (this.driver !== undefined && !hasMoved) {
      this.driver.members(state);
      return;
    }
    this.driver?.stop();
    const member = { id: self.id, position, address: this.options.address };
    this.driver = new RingDriver(this.ports, member, this.options.ring, { suspect: () => undefined });
    this.driver.members(state);
    const others = state.members.filter((other) => other.id !== self.id && other.state !== 'out');
    if (others.length === 0) this.driver.create();
    else if (isNewcomer || hasMoved) this.driver.join(others.map(({ address }) => ({ address })));
    else this.driver.stand(state);
  }

  stop(): void {
    this.driver?.stop();
  }
}
