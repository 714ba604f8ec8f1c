import { checkedConnectTo } from "../client/index.ts";
import type { HttpSettings } from "./types.ts";

/** The settings with every default filled in. */
export interface ResolvedSettings {
  readonly timeout: number;
  readonly memory: () => number;
  readonly redirects: number;
  readonly body: "text" | "bytes";
  readonly tls: NonNullable<HttpSettings["tls"]>;
  readonly connectTo: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly onDiagnostic: NonNullable<HttpSettings["onDiagnostic"]>;
  readonly onExchange: HttpSettings["onExchange"];
}

/** P6: the firmware's document promises 10 seconds. */
const TIMEOUT = 10_000;

const MEMORY = 16 * 1024 * 1024;

/** V8's longest string. Decoding more throws, and with some charsets it ends the process (Node 20). */
const LONGEST_TEXT = 2 ** 29 - 24;

/** Checks what was given and fills in the rest; a RangeError says what is wrong. */
export function resolveSettings(given: HttpSettings): ResolvedSettings {
  // Own properties alone: a polluted Object.prototype changes nothing.
  const settings: HttpSettings = Object.assign(Object.create(null), given);
  const { timeout = TIMEOUT, memory = MEMORY, redirects = 0, body = "text" } = settings;
  if (!(typeof timeout === "number" && timeout > 0 && Number.isFinite(timeout)))
    throw new RangeError(`createHttp: timeout must be milliseconds above 0, not ${JSON.stringify(timeout)}`);
  if (typeof memory !== "function" && !(typeof memory === "number" && memory > 0))
    throw new RangeError(`createHttp: memory must be bytes above 0, not ${String(memory)}`);
  if (!(Number.isInteger(redirects) && redirects >= 0))
    throw new RangeError(`createHttp: redirects must be a whole number from 0, not ${JSON.stringify(redirects)}`);
  if (body !== "text" && body !== "bytes") throw new RangeError(`createHttp: body must be "text" or "bytes", not ${JSON.stringify(body)}`);
  if (settings.signal && typeof settings.signal.addEventListener !== "function")
    throw new RangeError("createHttp: signal must be an AbortSignal");
  return {
    timeout,
    memory: askedMemory(typeof memory === "number" ? () => memory : memory, body === "text" ? LONGEST_TEXT : Number.POSITIVE_INFINITY),
    redirects,
    body,
    tls: settings.tls ?? NO_TLS_OPTIONS,
    connectTo: checkedConnectTo(settings.connectTo ?? {}),
    signal: settings.signal,
    onDiagnostic: guarded(settings.onDiagnostic),
    onExchange: settings.onExchange && guarded(settings.onExchange),
  };
}

/** One object for all, because it is the key under which the parsed options are remembered. */
const NO_TLS_OPTIONS = {};

/** A hook whose error is told as one that nobody caught, in a turn of its own: the request goes on, and its callback comes. */
function guarded<Told>(hook: ((told: Told) => void) | undefined): (told: Told) => void {
  return (told) => {
    try {
      hook?.(told);
    } catch (error) {
      throwLater(error);
    }
  };
}

/** When the program's own answer is no number of bytes, no memory is left: 0, not a limit that every size is below. */
function askedMemory(memory: () => number, most: number): () => number {
  return () => {
    try {
      const bytes = memory();
      return bytes > 0 ? Math.min(bytes, most) : 0;
    } catch (error) {
      throwLater(error);
      return 0;
    }
  };
}

const throwLater = (error: unknown): void =>
  queueMicrotask(() => {
    throw error;
  });
