import type { HostFunction, LuaCall, LuaInput } from "../lua/index.ts";
import { CHIP_ID } from "./chip.ts";
import type { Host, Module } from "./host.ts";

const PRIORITIES = { LOW_PRIORITY: 0, MEDIUM_PRIORITY: 1, HIGH_PRIORITY: 2 } as const;

type Priority = (typeof PRIORITIES)[keyof typeof PRIORITIES];

/** Two spaces, as in the firmware (app/modules/node.c: node_task_post). */
const BAD_PRIORITY = "invalid  priority";

function priority(call: LuaCall): Priority {
  const number = call.integer(1);
  return Object.values(PRIORITIES).find((each: Priority) => each === number) ?? call.argumentError(1, BAD_PRIORITY);
}

/** `node.task.post([priority], function)`: the function is given its priority. */
function post(host: Host): HostFunction {
  return (call) => {
    const named = call.type(1) === "number";
    const level = named ? priority(call) : PRIORITIES.MEDIUM_PRIORITY;
    const position = named ? 2 : 1;
    if (call.type(position) !== "function") call.argumentError(position, "invalid function");
    const task = call.callback(position);
    host.post(level, () => {
      host.lua.call(task, level);
      task.release();
    });
  };
}

/** Module node: what is true of a host. Sleep modes, flash partitions and the firmware's build are not. */
export const node: Module = (host) => {
  const task = new Map<string, LuaInput>([["post", post(host)], ...Object.entries(PRIORITIES)]);
  const fields = new Map<string, LuaInput>([
    // Raw reset code and extended cause of a power-on (docs/modules/node.md): each run begins with one.
    ["bootreason", () => [1, 0]],
    ["chipid", () => CHIP_ID],
    ["heap", () => host.lua.heap.free],
    ["restart", () => host.restart("node.restart()")],
    ["task", task],
  ]);
  host.lua.defineModule("node", fields, host.missing("node"));
};
