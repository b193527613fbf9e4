/**
 * A machine and the process that runs on it. The machine stays: its address, its disk and its clocks; processes
 * come and go.
 *
 * (M1) A process that was killed is never called again: its timers, its messages and its disk's answers are dropped,
 *      so its promises stay open for ever and its objects are garbage.
 * (M2) What comes for a paused process is held back in order and delivered when it goes on; its clocks run on.
 */
import type { Clock, Timer } from '@crescendo/base';
import type { World } from './world.ts';

/** 2026-01-01, so that times in traces look like times. */
const WALL_ORIGIN_MS = Date.UTC(2026, 0, 1);

export class Machine {
  readonly world: World;
  readonly name: string;
  readonly address: string;
  /** How far its wall clock is off. */
  wallOffsetMs = 0;
  #drift = 1;
  #elapsedMs = 0;
  #driftSinceMs: number;
  #process: Process | undefined;
  #starts = 0;

  constructor(world: World, name: string, address: string) {
    this.world = world;
    this.name = name;
    this.address = address;
    this.#driftSinceMs = world.nowMs;
  }

  /** How fast both its clocks run: 1 is right. A starved virtual machine is slow for a while. */
  get drift(): number {
    return this.#drift;
  }

  /** The clock runs true again, and its wall time is set. */
  setClock(wallMs: number): void {
    this.drift = 1;
    this.wallOffsetMs = wallMs - this.elapsedMs();
  }

  set drift(drift: number) {
    this.#elapsedMs = this.elapsedMs();
    this.#driftSinceMs = this.world.nowMs;
    this.#drift = drift;
  }

  /** Milliseconds since the world began, by its own clocks. */
  elapsedMs(): number {
    return this.#elapsedMs + (this.world.nowMs - this.#driftSinceMs) * this.#drift;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  /** How often a process was started here. */
  get starts(): number {
    return this.#starts;
  }

  start(): Process {
    this.kill();
    this.#process = new Process(this, ++this.#starts);
    return this.#process;
  }

  kill(): void {
    this.#process?.end();
    this.#process = undefined;
  }
}

export class Process implements Clock {
  readonly machine: Machine;
  readonly incarnation: number;
  readonly #world: World;
  readonly #clockOriginMs: number;
  readonly #endings: (() => void)[] = [];
  #alive = true;
  #held: (() => void)[] | undefined;

  constructor(machine: Machine, incarnation: number) {
    this.machine = machine;
    this.incarnation = incarnation;
    this.#world = machine.world;
    this.#clockOriginMs = machine.world.random.int(1_000_000) - machine.elapsedMs();
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isPaused(): boolean {
    return this.#held !== undefined;
  }

  /** The only way into the process from outside (M1, M2). */
  enter(callback: () => void): void {
    if (!this.#alive) return;
    if (this.#held !== undefined) this.#held.push(callback);
    else callback();
  }

  /** Something that happens to the process after `delayMs` of true time. */
  later(delayMs: number, callback: () => void): void {
    this.#world.at(delayMs, () => this.enter(callback));
  }

  pause(): void {
    if (this.#alive) this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    // Each one becomes an event of its own, so that promises run between them (W2).
    for (const callback of held) this.later(0, callback);
  }

  /** Called by the machine: the process is gone at once. */
  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#held = undefined;
    for (const ending of this.#endings) ending();
  }

  onEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  nowMs(): number {
    return this.#clockOriginMs + this.machine.elapsedMs();
  }

  wallMs(): number {
    return Math.floor(WALL_ORIGIN_MS + this.machine.elapsedMs() + this.machine.wallOffsetMs);
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const event = this.#world.at(delayMs / this.machine.drift, () => {
      this.enter(() => {
        const due = event.callback;
        event.callback = undefined;
        if (due !== undefined) callback();
      });
    });
    return {
      cancel: () => {
        event.callback = undefined;
      },
    };
  }
}
