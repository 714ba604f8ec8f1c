import { cjson } from "./cjson.ts";
import { file } from "./file.ts";
import type { Module } from "./host.ts";
import { http } from "./http.ts";
import { node } from "./node.ts";
import { sjson } from "./sjson.ts";
import { sockets } from "./sockets.ts";
import { tmr } from "./tmr.ts";
import { wifi } from "./wifi.ts";

export type * from "./host.ts";

/** Every module of the firmware that this host has, in the order in which a boot defines them. */
export const modules: readonly Module[] = [node, tmr, wifi, file, sjson, cjson, sockets, http];
