/** One random history of a group: everything that can happen to it, in any order, with restarts in between. */
import { type Random, seededRandom } from '@crescendo/base';
import type { GroupInput } from '../group-input.ts';
import { GroupRefusal } from '../group-refusal.ts';
import type { GroupInstance } from '../group-state.ts';
import type { LaunchSource } from '../launch-source.ts';
import { PROCESS_NAMES } from '../process-name.ts';
import { GroupChecker } from './group-checks.ts';
import { SimulatedGroup, START_MS } from './simulated-group.ts';

export interface HistoryOutcome {
  readonly group: SimulatedGroup;
  readonly checker: GroupChecker;
  readonly detached: ReadonlySet<string>;
  readonly refused: number;
}

const version = (number: number): LaunchSource => ({
  kind: 'template',
  template: { launchTemplateId: 'lt-1', launchTemplateName: 'one', version: String(number) },
});

export function runHistory(seed: number, steps: number, restartChance = 0.05): HistoryOutcome {
  const random = seededRandom(seed);
  const group = new SimulatedGroup(randomSettings(random), { seed });
  const checker = new GroupChecker(group);
  const detached = new Set<string>();
  let refused = 0;
  group.observe = (input) => checker.check(input);
  group.step({ type: 'created', desired: group.state.settings.max });
  for (let i = 0; i < steps; i++) {
    if (random.chance(restartChance)) group.restart();
    group.launchError = random.chance(0.1) ? 'no capacity' : undefined;
    group.isDyingYoung = random.chance(0.1);
    group.bootMs = random.int(120_000);
    group.endMs = random.int(120_000);
    const input = randomInput(random, group, i);
    if (input !== undefined) {
      try {
        const before = structuredClone(group.state);
        apply(group, input, before);
        if (input.type === 'instances-detached') for (const id of input.instanceIds) detached.add(id);
        if (input.type === 'instances-attached')
          for (const { instanceId } of input.instances) detached.delete(instanceId);
      } catch (error) {
        if (!(error instanceof GroupRefusal)) throw error;
        refused++;
      }
    }
    // Before anybody has heard what was just decided.
    if (random.chance(restartChance)) group.restart();
    group.advance(random.int(random.chance(0.1) ? 7_200_000 : 90_000));
  }
  return { group, checker, detached, refused };
}

/** A refusal must have changed nothing. */
function apply(group: SimulatedGroup, input: GroupInput, before: unknown): void {
  try {
    group.step(input);
  } catch (error) {
    if (error instanceof GroupRefusal && JSON.stringify(flat(before)) !== JSON.stringify(flat(group.state))) {
      throw new Error(`a refused ${input.type} changed the state`, { cause: error });
    }
    throw error;
  }
}

function flat(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, item]) => [key, flat(item)]);
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, item]) => [key, flat(item)]);
}

function randomSettings(random: Random): object {
  const min = random.int(3);
  return {
    min,
    max: min + 1 + random.int(8),
    zones: ['a', 'b', 'c'].slice(0, 1 + random.int(3)),
    protectNewInstances: random.chance(0.3),
    healthCheckGraceSeconds: random.pick([0, 300]),
    onTerminateHookAbandon: random.pick(['retain', 'terminate']),
    terminationPolicies: [random.pick(['Default', 'NewestInstance', 'OldestInstance'])],
    ...(random.chance(0.3) ? { maintenance: { minHealthyPercent: 100, maxHealthyPercent: 150 } } : {}),
    ...(random.chance(0.2) ? { maxInstanceLifetimeSeconds: 86_400 } : {}),
  };
}

type Make = (random: Random, group: SimulatedGroup, index: number) => GroupInput | undefined;

const someInstance = (random: Random, group: SimulatedGroup): GroupInstance | undefined => {
  const all = [...group.state.instances.values()];
  return all.length === 0 ? undefined : random.pick(all);
};

const onInstance =
  (make: (instance: GroupInstance, random: Random) => GroupInput): Make =>
  (random, group) => {
    const instance = someInstance(random, group);
    return instance === undefined ? undefined : make(instance, random);
  };

const MAKERS: readonly Make[] = [
  (random) => ({ type: 'desired-set', desired: random.int(12), honorCooldown: random.chance(0.3) }),
  (random, group) => {
    const min = random.int(3);
    const settings = {
      ...group.state.settings,
      min,
      max: min + random.int(8),
      zones: ['a', 'b', 'c'].slice(random.int(3)),
    };
    return { type: 'settings-changed', settings };
  },
  onInstance(({ id }, random) => ({
    type: 'instance-terminated',
    instanceId: id,
    decrement: random.chance(0.5),
  })),
  onInstance(({ id }, random) => ({
    type: 'instances-detached',
    instanceIds: [id],
    decrement: random.chance(0.5),
  })),
  onInstance(({ id }, random) => ({
    type: 'standby-entered',
    instanceIds: [id],
    decrement: random.chance(0.5),
  })),
  onInstance(({ id }) => ({ type: 'standby-exited', instanceIds: [id] })),
  onInstance(({ id }, random) => ({
    type: 'protection-set',
    instanceIds: [id],
    isProtected: random.chance(0.5),
  })),
  onInstance(({ id }, random) => ({
    type: 'health-set',
    instanceId: id,
    health: random.pick(['Healthy', 'Unhealthy', 'Unhealthy']),
    respectGracePeriod: random.chance(0.5),
  })),
  (random, group) => {
    const instance = someInstance(random, group);
    if (instance === undefined) return undefined;
    if (random.chance(0.5)) group.kill(instance.id);
    else group.impair(instance.id);
    return undefined;
  },
  (random) => ({
    type: 'hook-put',
    hook: {
      name: random.pick(['x', 'y']),
      transition: random.pick(['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING']),
      heartbeatSeconds: 30 + random.int(300),
      defaultResult: random.pick(['CONTINUE', 'ABANDON']),
    },
  }),
  (random) => ({ type: 'hook-deleted', name: random.pick(['x', 'y']) }),
  (random, group) => {
    const waiting = [...group.state.instances.values()].filter(({ actions }) => actions.length > 0);
    if (waiting.length === 0) return undefined;
    const { id, actions } = random.pick(waiting);
    const reference = { hookName: random.pick(actions).hookName, instanceId: id };
    if (random.chance(0.3)) return { type: 'lifecycle-heartbeat', ...reference };
    return {
      type: 'lifecycle-completed',
      ...reference,
      result: random.pick(['CONTINUE', 'CONTINUE', 'ABANDON']),
    };
  },
  (random) => {
    const name = random.pick(['s', 't']);
    return {
      type: 'policy-put',
      policy: {
        name,
        id: name,
        enabled: true,
        type: 'SimpleScaling',
        adjustmentType: 'ChangeInCapacity',
        adjustment: random.int(5) - 2,
      },
    };
  },
  (random) => ({
    type: 'policy-put',
    policy: {
      name: 'k',
      id: 'k',
      enabled: true,
      type: 'TargetTrackingScaling',
      target: 50,
      disableScaleIn: random.chance(0.2),
      metric: {},
      alarmNames: { high: 'high', low: 'low' },
    },
  }),
  (random, group) => {
    const names = [...group.state.policies.keys()];
    if (names.length === 0) return undefined;
    const policyName = random.pick(names);
    const alarm = { name: random.pick(['high', 'low']), state: 'ALARM' };
    return {
      type: 'policy-triggered',
      policyName,
      alarm,
      honorCooldown: true,
      metricValue: random.int(100),
      threshold: 50,
    };
  },
  (random, group) => ({
    type: 'scheduled-put',
    actions: [
      { name: 'sch', id: 'sch', startMs: group.nowMs + random.int(3_600_000), desired: random.int(6) },
    ],
  }),
  (random) => ({ type: 'processes-suspended', names: [random.pick(PROCESS_NAMES)] }),
  () => ({ type: 'processes-resumed', names: [...PROCESS_NAMES] }),
  (random, _group, index) => ({
    type: 'refresh-started',
    request: {
      id: `r${index}`,
      desired: version(index),
      origin: {
        kind: 'template',
        launchTemplateId: 'lt-1',
        launchTemplateName: 'one',
        version: String(index),
      },
      preferences: {
        minHealthyPercent: random.pick([0, 50, 90]),
        maxHealthyPercent: 100,
        warmupSeconds: random.int(300),
        checkpointPercents: [],
        checkpointDelaySeconds: 0,
        bakeSeconds: random.pick([0, 60]),
        skipMatching: random.chance(0.3),
        autoRollback: random.chance(0.5),
        protectedInstances: random.pick(['Refresh', 'Ignore', 'Wait']),
        standbyInstances: random.pick(['Terminate', 'Ignore', 'Wait']),
      },
    },
  }),
  () => ({ type: 'refresh-cancelled' }),
  () => ({ type: 'refresh-rolled-back', reason: 'by hand' }),
  (random, group) => {
    const free = [...group.machines.values()].filter(
      ({ launched, compute }) =>
        compute.state === 'running' && !group.state.instances.has(launched.instanceId),
    );
    if (free.length === 0) return undefined;
    const { launched, compute } = random.pick(free);
    return { type: 'instances-attached', instances: [{ ...launched, compute }] };
  },
];

function randomInput(random: Random, group: SimulatedGroup, index: number): GroupInput | undefined {
  return random.pick(MAKERS)(random, group, index);
}

/** What the group must come to once nothing happens any more and nothing fails. */
export function letRest(group: SimulatedGroup): void {
  group.launchError = undefined;
  group.isDyingYoung = false;
  group.bootMs = 1000;
  group.endMs = 1000;
  group.step({ type: 'processes-resumed', names: [...PROCESS_NAMES] });
  const { maxInstanceLifetimeSeconds: _, ...settings } = group.state.settings;
  group.step({ type: 'settings-changed', settings });
  for (const name of [...group.state.hooks.keys()]) group.step({ type: 'hook-deleted', name });
  group.advance(3 * 86_400_000);
  if (group.nowMs < START_MS) throw new Error('time went back');
}
