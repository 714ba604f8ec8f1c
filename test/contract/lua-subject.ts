import { Device, openOverlayFlash, type Diagnostic, type Exchange } from "nodemcu-host";
import type { Call, Outcome, Setup, Subject } from "./subject.ts";

/** The module as a device script uses it. The script prints what it sees; nothing but its text goes in. */
export const luaSubject: Subject = {
  name: "device Lua",
  async call(setup, calls) {
    const lines: string[] = [];
    const exchanges: Exchange[] = [];
    const diagnostics: Diagnostic[] = [];
    const device = new Device({
      flash: openOverlayFlash(undefined),
      heap: setup.memory ?? 8 * 1_048_576,
      network: { connectTo: setup.connectTo, ca: setup.ca },
      events: {
        print: (bytes) => lines.push(Buffer.from(bytes).toString("latin1").trimEnd()),
        exchange: (exchange) => exchanges.push(exchange),
        diagnostic: (diagnostic) => diagnostics.push(diagnostic),
      },
    });
    const source = script(setup, calls);
    const { end, reason } = await device.run(Buffer.from(source, "latin1"), "contract.lua");
    if (end !== "idle")
      throw new Error(`the script ended with ${end} (${reason}): ${diagnostics.map(({ message }) => message).join("; ")}`);
    return calls.map((_, index) => outcomeOf(index, { lines, exchanges, diagnostics }));
  },
};

/** The line of the script on which a call is made, behind the prelude and the line about certificates; what is reported is found by it. */
const lineOf = (index: number): number => PRELUDE.split("\n").length + 2 + index;

const PRELUDE = `
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local early = true
local function seen(n)
  return function(code, data, headers)
    local list = {}
    for name, value in pairs(headers or {}) do list[#list + 1] = hex(name) .. ":" .. hex(value) end
    print("called", n, tostring(early), tostring(code), data and "=" .. hex(data) or "nil", headers and "=" .. table.concat(list, ",") or "nil")
  end
end
local function returned(n, ...) print("returned", n, select("#", ...) == 0 and "undefined" or tostring((...))) end
`.trim();

function script(setup: Setup, calls: readonly Call[]): string {
  const verify = setup.ca === undefined ? "" : "tls.cert.verify(true)";
  return [PRELUDE, verify, ...calls.map(callLine), "early = false"].join("\n");
}

function callLine({ operation, url, method = "", headers, body, callback }: Call, index: number): string {
  const first = operation === "request" ? [quote(url), quote(method)] : [quote(url)];
  const second = operation === "get" ? [quote(headers)] : [quote(headers), quote(body && Buffer.from(body).toString("latin1"))];
  const last = callback === false ? [] : [`seen(${index})`];
  return `returned(${index}, http.${operation}(${[...first, ...second, ...last].join(", ")}))`;
}

/** A Lua string of exactly these bytes. */
const quote = (bytes: string | undefined): string =>
  bytes === undefined
    ? "nil"
    : `"${bytes.replace(/[^ !#-[\]-~]/g, (character) => `\\${String(character.charCodeAt(0)).padStart(3, "0")}`)}"`;

interface Seen {
  readonly lines: readonly string[];
  readonly exchanges: readonly Exchange[];
  readonly diagnostics: readonly Diagnostic[];
}

function outcomeOf(index: number, { lines, exchanges, diagnostics }: Seen): Outcome {
  const of = (word: string): string[][] =>
    lines.map((line) => line.split("\t")).filter(([first, n]) => first === word && n === String(index));
  const called = of("called");
  const [, , early, code, data, headers] = called[0] ?? [];
  const failure = exchanges.find(({ place }) => place?.line === lineOf(index))?.failure;
  return {
    calls: called.length,
    early: early === "true",
    returned: of("returned")[0]?.[2] ?? "",
    code: code === undefined ? undefined : Number(code),
    data: data?.startsWith("=") ? Buffer.from(data.slice(1), "hex") : undefined,
    headers: headers?.startsWith("=") ? headerMap(headers.slice(1)) : undefined,
    failure: failure?.code,
    reason: failure?.reason,
    // Every failure is reported as well, and overlapping calls are; the suite asks for what is particular to the call.
    diagnostics: diagnostics
      .filter(({ code: diagnosed, place }) => place?.line === lineOf(index) && !GENERAL.has(diagnosed))
      .map(({ code: diagnosed }) => diagnosed),
  };
}

const GENERAL: ReadonlySet<string> = new Set(["request-failed", "concurrent-request"]);

const text = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");

const headerMap = (list: string): Map<string, string> =>
  new Map(
    list
      .split(",")
      .filter(Boolean)
      .map((pair): [string, string] => [text(pair.split(":")[0] ?? ""), text(pair.split(":")[1] ?? "")]),
  );
