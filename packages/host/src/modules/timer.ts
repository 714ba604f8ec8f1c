import type { LuaRef } from "../lua/index.ts";
import type { Host } from "./host.ts";

/** tmr.ALARM_SINGLE, ALARM_AUTO and ALARM_SEMI (app/modules/tmr.c: TIMER_MODE_*). */
export const MODES = { SINGLE: 0, AUTO: 1, SEMI: 2 } as const;

export type Mode = (typeof MODES)[keyof typeof MODES];

interface Registration {
  readonly mode: Mode;
  readonly callback: LuaRef;
  interval: number;
}

/** From a start to the stop or the last expiry. */
interface Running {
  /** Keeps the object alive in Lua; a static timer is its number. */
  readonly self: LuaRef | number;
  readonly release: () => void;
  due: number;
  cancel: () => void;
}

const letGo = (self: LuaRef | number): void => {
  if (typeof self !== "number") self.release();
};

/** One timer of the module tmr. While it runs it holds the run, and its own object. */
export class Timer {
  readonly #host: Host;
  readonly #self: () => LuaRef | number;
  #registration: Registration | undefined;
  #running: Running | undefined;

  /** `self` makes what the callback is given: the timer object, or the number of a static timer. */
  constructor(host: Host, self: (timer: Timer) => LuaRef | number) {
    this.#host = host;
    this.#self = () => self(this);
  }

  /** Whether it runs, and its mode; undefined when nothing is registered. */
  get state(): readonly [running: boolean, mode: Mode] | undefined {
    return this.#registration && [this.#running !== undefined, this.#registration.mode];
  }

  register(interval: number, mode: Mode, callback: LuaRef): void {
    this.unregister();
    this.#registration = { mode, callback, interval };
  }

  /** False when nothing is registered, or when it runs already and is not to be restarted. */
  start(restart = false): boolean {
    if (!this.#registration || (this.#running && !restart)) return false;
    const self = this.#running ? undefined : this.#self();
    if (self !== undefined)
      this.#running = { self, release: this.#host.hold("timer", () => this.#running?.cancel()), due: 0, cancel: () => {} };
    this.#arm(this.#host.clock.now() + this.#registration.interval);
    return true;
  }

  /** False when it was not running. */
  stop(): boolean {
    const running = this.#detach();
    if (running) letGo(running.self);
    return running !== undefined;
  }

  unregister(): void {
    this.stop();
    this.#registration?.callback.release();
    this.#registration = undefined;
  }

  /** A running timer starts again with the new interval. */
  setInterval(interval: number): void {
    if (this.#registration) this.#registration.interval = interval;
    if (this.#running) this.#arm(this.#host.clock.now() + interval);
  }

  #detach(): Running | undefined {
    const running = this.#running;
    this.#running = undefined;
    running?.cancel();
    running?.release();
    return running;
  }

  #arm(due: number): void {
    const running = this.#running;
    if (!running) return;
    running.cancel();
    running.due = due;
    const wait = Math.max(0, due - this.#host.clock.now());
    running.cancel = this.#host.clock.after(wait, () => this.#host.enter(() => this.#expire(running, due)));
  }

  // An automatic timer keeps its beat; when it is late by a beat or more it begins a new one.
  #expire(running: Running, due: number): void {
    const registration = this.#registration;
    if (!registration || this.#running !== running || running.due !== due) return;
    if (registration.mode === MODES.AUTO) {
      const [next, now] = [due + registration.interval, this.#host.clock.now()];
      this.#arm(next > now ? next : now + registration.interval);
      this.#host.lua.call(registration.callback, running.self);
    } else this.#expireOnce(registration);
  }

  #expireOnce(registration: Registration): void {
    const running = this.#detach();
    if (!running) return;
    if (registration.mode === MODES.SINGLE) this.#registration = undefined;
    this.#host.lua.call(registration.callback, running.self);
    letGo(running.self);
    if (registration.mode === MODES.SINGLE) registration.callback.release();
  }
}
