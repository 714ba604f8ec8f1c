import { cjson } from "./cjson.ts";
import type { Module } from "./host.ts";
import { sjson } from "./sjson.ts";

export type * from "./host.ts";

/** Every module of the firmware that this host has, in the order in which a boot defines them. */
export const modules: readonly Module[] = [sjson, cjson];
