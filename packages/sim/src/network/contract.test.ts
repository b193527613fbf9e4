import { type NetworkNode, testNetwork } from '../../../store/src/testing/network-contract.ts';
import { livingWorld } from '../testing/living-world.ts';
import { Machine } from '../world/machine.ts';
import { SimNetwork } from './sim-network.ts';

testNetwork('simulated network', async () => {
  const { world, close } = livingWorld();
  const fabric = new SimNetwork(world);
  const node = (name: string): NetworkNode => {
    const machine = new Machine(world, name, `${name}:1`);
    const network = fabric.attach(machine.start(), () => name);
    return { nodeId: name, address: machine.address, network, stop: async () => machine.kill() };
  };
  const [a, b, stranger] = [node('a'), node('b'), node('stranger')];
  a.network.setAddress(b.nodeId, b.address);
  b.network.setAddress(a.nodeId, a.address);
  return { a, b, stranger, dispose: close };
});
