import { withoutVolume } from "../flash/index.ts";
import type { Flash } from "../flash/index.ts";
import { LuaStop, openLua } from "../lua/index.ts";
import type { ByteString, LuaEngine } from "../lua/index.ts";
import type { Diagnostic, Exchange, Host, HostClock, Module, Network, Station } from "../modules/index.ts";
import { Holds } from "./holds.ts";
import { luaFailure } from "./lua-failure.ts";
import type { Activity } from "./lua-failure.ts";
import { MissingNames } from "./missing.ts";
import type { Outcome } from "./outcome.ts";
import { textPlace } from "./text.ts";
import { TaskQueue } from "./task-queue.ts";
import type { Priority, Task } from "./task-queue.ts";

/** What one boot runs with. */
export interface BootSettings {
  readonly heap: number;
  readonly watchdogMs: number;
  readonly flash: Flash;
  readonly clock: HostClock;
  readonly network: Network;
  readonly station: Station;
  readonly modules: readonly Module[];
  readonly events: DeviceEvents;
  readonly interrupted: ((busyMs: number) => string | undefined) | undefined;
}

/** What a device tells its owner while it runs. None of these may throw. */
export interface DeviceEvents {
  /** The bytes one `print` writes, line end included. */
  readonly print?: ((bytes: Uint8Array) => void) | undefined;
  readonly diagnostic?: ((diagnostic: Diagnostic) => void) | undefined;
  readonly exchange?: ((exchange: Exchange) => void) | undefined;
}

/** Room for what the chip has in ROM; far more than all modules take. The script's heap is granted when they are there. */
const ROM_BYTES = 1_048_576;

/** How long a sleep goes without asking whether the run shall end. */
const SLEEP_SLICE_MS = 100;

type Verdict = Omit<Outcome, "pending">;

/** From reset to the end: one Lua state, its tasks, and everything that they hold. */
export class Boot implements Host {
  readonly lua: LuaEngine;
  readonly clock: HostClock;
  readonly flash: Flash;
  readonly network: Network;
  readonly station: Station;
  readonly #settings: BootSettings;
  readonly #tasks = new TaskQueue();
  readonly #holds = new Holds(() => this.#wake());
  readonly #missing: MissingNames;
  readonly #ended: Promise<Outcome>;
  #resolve: (outcome: Outcome) => void = () => {};
  #reject: (fault: unknown) => void = () => {};
  #turn: NodeJS.Immediate | undefined;
  #inLua = false;
  /** When Lua was entered last. */
  #entered = 0;
  #over = false;
  #verdict: Verdict | undefined;

  constructor(settings: BootSettings) {
    this.#settings = settings;
    this.#ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    ({ clock: this.clock, flash: this.flash, network: this.network, station: this.station } = settings);
    this.lua = openLua({
      heap: ROM_BYTES + settings.heap,
      watchdog: settings.watchdogMs,
      now: () => this.clock.now(),
      print: (bytes) => settings.events.print?.(bytes),
      readChunk: (name) => this.flash.read(withoutVolume(name)),
      interrupt: () => this.#askWhetherToEnd(),
    });
    this.#missing = new MissingNames(this.lua, (diagnostic) => this.diagnose(diagnostic));
  }

  /** What keeps the run alive now, tasks left out. */
  get pending(): readonly string[] {
    return this.#holds.names;
  }

  /** Runs the main chunk, then everything that it started. Rejects only for a fault of this program. */
  run(source: Uint8Array, chunkName: string): Promise<Outcome> {
    this.#attempt("script", () => {
      this.lua.onMissingGlobal((name) => this.#missing.global(name));
      for (const install of this.#settings.modules) install(this);
      this.lua.grantHeap(this.#settings.heap);
      this.lua.run(source, chunkName);
    });
    return this.#ended;
  }

  stop(reason: string): void {
    this.#decide({ end: "stopped", exit: 0, reason });
  }

  hold(what: string, cancel?: () => void): () => void {
    return this.#holds.add(what, cancel);
  }

  enter(work: () => void): void {
    if (this.#inLua) this.post(2, work);
    else if (!this.#over) this.#attempt("callback", work);
  }

  sleep(ms: number): void {
    for (let left = ms; left > 0; left -= SLEEP_SLICE_MS) {
      this.#askWhetherToEnd();
      this.clock.sleep(Math.min(left, SLEEP_SLICE_MS));
    }
    this.lua.feedWatchdog();
  }

  post(priority: Priority, work: Task): void {
    if (this.#over) return;
    this.#tasks.add(priority, work);
    this.#wake();
  }

  missing(module: string): (field: ByteString) => void {
    return (field) => this.#missing.field(module, field);
  }

  diagnose(diagnostic: Diagnostic): void {
    const { place, related } = diagnostic;
    const readable = { ...diagnostic, place: textPlace(place) };
    if (related) readable.related = { place: textPlace(related.place) ?? related.place, message: related.message };
    this.#settings.events.diagnostic?.(readable);
  }

  record(exchange: Exchange): void {
    this.#settings.events.exchange?.({ ...exchange, place: textPlace(exchange.place) });
  }

  restart(reason: string): void {
    if (this.#verdict) return;
    this.diagnose({ code: "restart", severity: "note", message: `${reason} ends this boot.`, place: this.lua.where() });
    this.#decide({ end: "restart", exit: 0, reason });
  }

  /** The first verdict counts. It takes effect when Lua has returned: the chip, too, finishes the callback that asks for a restart. */
  #decide(verdict: Verdict): void {
    this.#verdict ??= verdict;
    if (!this.#inLua) this.#finish();
  }

  #attempt(activity: Activity, work: () => void): void {
    this.#inLua = true;
    this.#entered = this.clock.now();
    try {
      work();
    } catch (error) {
      this.#fail(error, activity);
    } finally {
      this.#inLua = false;
    }
    if (this.#verdict) this.#finish();
    else this.#wake();
  }

  #fail(error: unknown, activity: Activity): void {
    if (error instanceof LuaStop && this.#verdict) return;
    const diagnostic = luaFailure(error, activity, this.#settings);
    if (diagnostic === undefined) this.#reject(error);
    else if (!this.#verdict) this.diagnose(diagnostic);
    this.#verdict ??= { end: "error", exit: 1, reason: diagnostic?.code };
  }

  /** While Lua runs no timer and no signal can end the run. */
  #askWhetherToEnd(): void {
    const reason = this.#settings.interrupted?.(this.clock.now() - this.#entered);
    if (reason === undefined) return;
    this.stop(reason);
    throw new LuaStop(reason);
  }

  // One task per turn of the event loop, so that tasks which post tasks for ever starve neither timers nor sockets. The end is looked for in
  // a turn of its own, too: who releases a hold may be about to enter Lua.
  #wake(): void {
    if (this.#over || this.#turn) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#takeTurn();
    });
  }

  #takeTurn(): void {
    const task = this.#tasks.take();
    if (task) this.#attempt("callback", task);
    else if (this.#holds.size === 0) this.#decide({ end: "idle", exit: 0, reason: undefined });
  }

  #finish(): void {
    if (this.#over || !this.#verdict) return;
    this.#over = true;
    const outcome = { ...this.#verdict, pending: this.pending };
    clearImmediate(this.#turn);
    this.#tasks.clear();
    try {
      this.#holds.cancelAll();
    } finally {
      this.lua.close();
      this.#resolve(outcome);
    }
  }
}
