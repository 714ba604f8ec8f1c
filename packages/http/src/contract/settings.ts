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
  readonly onExchange: NonNullable<HttpSettings["onExchange"]>;
}

/** P6: the firmware's document promises 10 seconds. */
const TIMEOUT = 10_000;

const MEMORY = 16 * 1024 * 1024;

/** Checks what was given and fills in the rest; a RangeError says what is wrong. */
export function resolveSettings(given: HttpSettings): ResolvedSettings {
  // Own properties alone: a polluted Object.prototype changes nothing.
  const settings: HttpSettings = Object.assign(Object.create(null), given);
  const { timeout = TIMEOUT, memory = MEMORY, redirects = 0, body = "text" } = settings;
  if (!(timeout > 0 && Number.isFinite(timeout))) throw new RangeError(`createHttp: timeout must be milliseconds above 0, not ${timeout}`);
  if (typeof memory === "number" && !(memory > 0)) throw new RangeError(`createHttp: memory must be bytes above 0, not ${memory}`);
  if (!(Number.isInteger(redirects) && redirects >= 0))
    throw new RangeError(`createHttp: redirects must be a whole number from 0, not ${redirects}`);
  if (body !== "text" && body !== "bytes") throw new RangeError(`createHttp: body must be "text" or "bytes", not ${JSON.stringify(body)}`);
  return {
    timeout,
    memory: typeof memory === "number" ? () => memory : memory,
    redirects,
    body,
    tls: settings.tls ?? NO_TLS_OPTIONS,
    connectTo: checkedConnectTo(settings.connectTo ?? {}),
    signal: settings.signal,
    onDiagnostic: settings.onDiagnostic ?? ignore,
    onExchange: settings.onExchange ?? ignore,
  };
}

/** One object for all, because it is the key under which the parsed options are remembered. */
const NO_TLS_OPTIONS = {};

function ignore(): void {}
