import type { Flash } from "../flash/index.ts";
import type { ByteString, LuaEngine, Place } from "../lua/index.ts";
import type { HttpFailure } from "nodemcu-http";
import type { Connection, ConnectionHandlers, DialOptions, TlsOptions } from "nodemcu-http/transport";

/**
 * What a module may ask of the device it runs on. Modules are written against this file and `lua/` alone; the device implements it.
 */
export interface Host {
  readonly lua: LuaEngine;
  readonly clock: HostClock;
  readonly flash: Flash;
  readonly network: Network;
  readonly station: Station;
  /**
   * Counts what keeps the run alive (a timer, socket, request or task): hold when it starts, call the result when it is over (a second call
   * does nothing). `what` names it for the progress line, as `timer` or `GET http://…`. `cancel` is called when the run ends while it is still
   * held: it stops the thing (clears the timer, destroys the socket) and must not enter Lua.
   */
  hold(what: string, cancel?: () => void): () => void;
  /**
   * Enters Lua from outside: runs `work` as one task of the device, after whatever runs now has returned. An uncaught Lua error in it ends
   * the run. Every callback goes through here.
   */
  enter(work: () => void): void;
  /** Stands still, as `tmr.delay` does: nothing else runs meanwhile, and the watchdog does not count it. The end of the run ends it. */
  sleep(ms: number): void;
  /** Queues a task as `node.task.post` does; 2 runs before 1 before 0, first come first served within one priority. */
  post(priority: 0 | 1 | 2, work: () => void): void;
  /**
   * The `missing` of `lua.defineModule` for a module of that name: says once per field (`function-missing`) that the script reads something
   * this host does not have. `host.lua.defineModule("tmr", fields, host.missing("tmr"))`. Fields of inner tables come as `sta.getip`.
   */
  missing(module: string): (field: ByteString) => void;
  /** Reports something the chip would never say. */
  diagnose(diagnostic: Diagnostic): void;
  /** Records one finished HTTP exchange for the report. */
  record(exchange: Exchange): void;
  /** Ends this boot, once the callback that asks for it has returned: `node.restart()` and kin. */
  restart(reason: string): void;
}

export interface HostClock {
  /** Milliseconds since the device booted, with fractions. */
  now(): number;
  /** Calls back after `ms`; the result cancels. */
  after(ms: number, callback: () => void): () => void;
  /** Seconds since 1970 (UTC). */
  wallSeconds(): number;
  /** Blocks the thread. */
  sleep(ms: number): void;
}

/** Outgoing TCP and TLS, with the run's `--connect-to`, `--cacert` and `--insecure` applied. */
export interface Network {
  /** As `dial` of nodemcu-http's transport, with `connectTo` already applied. */
  dial(options: DialOptions, handlers: ConnectionHandlers): Connection;
  readonly connectTo: Readonly<Record<string, string>>;
  /** What the script asked for with `tls.cert.verify`. */
  verification: Verification;
  /** The TLS options that follow from it. The same object as long as nothing changes, so that it can be a cache's key. */
  readonly tls: TlsOptions;
  /** False with `--insecure`: then nobody wants to hear that a certificate would not verify. */
  readonly warnUnverified: boolean;
}

/** false: as the chip by default; true: against the run's trusted certificates; text: against these certificates (PEM) alone. */
export type Verification = boolean | string;

/** The WiFi station. The host's is always connected; the configuration is remembered. */
export interface Station {
  mode: number;
  config: { ssid: string; password: string; auto: boolean; bssid: string | undefined };
  readonly address: { ip: string; netmask: string; gateway: string };
}

export type Severity = "note" | "warning" | "error";

/** Something worth saying about the run: data first, words made of it by the command line. */
export interface Diagnostic {
  /** Stable, in kebab-case; docs/diagnostics.md has one entry per code. */
  code: string;
  severity: Severity;
  /** One sentence or a few: what happened, what a device would have done, what to change. */
  message: string;
  place?: Place | undefined;
  /** A second place that matters, with what happened there. */
  related?: { place: Place; message: string } | undefined;
  /** Lua's `stack traceback:` text. */
  traceback?: string;
}

/** One HTTP request and what came of it, for the report. */
export interface Exchange {
  method: string;
  url: string;
  place: Place | undefined;
  /** -1 when it failed. */
  status: number;
  bytesSent: number;
  bytesReceived: number;
  /** Milliseconds. */
  timings: Record<string, number>;
  failure: HttpFailure | undefined;
}

/** One NodeMCU module: puts its globals into the device's Lua. */
export type Module = (host: Host) => void;
