import type { LuaCall, LuaInput, LuaRef, LuaSentinel, LuaValue } from "../lua/index.ts";
import type { Module } from "./host.ts";
import { formatNumber } from "./json/number.ts";
import { JsonError, JsonReader } from "./json/reader.ts";
import { JsonWriter } from "./json/writer.ts";
import type { JsonStyle } from "./json/writer.ts";

// app/modules/cjson.c: DEFAULT_ENCODE_MAX_DEPTH, DEFAULT_DECODE_MAX_DEPTH, DEFAULT_SPARSE_SAFE, DEFAULT_SPARSE_RATIO.
const MAX_DEPTH = 1000;
const SPARSE_SAFE = 10;
const SPARSE_RATIO = 2;

/**
 * cjson, the JSON module of firmware up to 2017: `encode(value)`, `decode(str)`. Stricter than the device: no NaN, Infinity or hexadecimal
 * numbers on input. NULL is an addition, the same as sjson.NULL: that firmware gave the value no name.
 */
export const cjson: Module = (host) => {
  const nothing = host.lua.sentinel("NULL");
  const fields = new Map<string, LuaInput>([
    ["encode", (call: LuaCall) => encode(call)],
    ["decode", (call: LuaCall) => [decode(call, nothing)]],
    ["NULL", nothing],
  ]);
  host.lua.defineModule("cjson", fields, host.missing("cjson"));
};

function encode(call: LuaCall): string {
  if (call.count !== 1) call.argumentError(1, "expected 1 argument");
  return new JsonWriter(STYLE).write(call.value(1));
}

function decode(call: LuaCall, nothing: LuaSentinel): LuaInput {
  if (call.count !== 1) call.argumentError(1, "expected 1 argument");
  const reader = new JsonReader(call.string(1), { null: nothing, checkLevel });
  try {
    const value = reader.read();
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof JsonError) throw new Error(error.message, { cause: error });
    throw error;
  }
}

function checkLevel(level: number, token: { readonly type: string; readonly at: number }): void {
  if (level <= MAX_DEPTH || !token.type.endsWith("_BEGIN")) return;
  throw new Error(`Found too many nested data structures (${level}) at character ${token.at + 1}`);
}

const STYLE: JsonStyle = {
  arrayLength,
  escaped: /[^ !#-.0-[\]-~\x80-\xff]/g,
  number(value) {
    if (!Number.isFinite(value)) throw new Error("Cannot serialise number: must not be NaN or Infinity");
    return formatNumber(value);
  },
  checkDepth(depth) {
    if (depth > MAX_DEPTH) throw new Error(`Cannot serialise, excessive nesting (${depth})`);
  },
  replace(value: LuaRef | LuaSentinel) {
    throw new Error(`Cannot serialise ${"type" in value ? value.type : "userdata"}: type not supported`);
  },
  isNull: (value) => typeof value === "object" && "sentinel" in value,
  refuseKey(key: LuaValue) {
    throw new Error(
      `Cannot serialise ${typeof key === "object" && "type" in key ? key.type : typeof key}: table key must be a number or string`,
    );
  },
};

const isIndex = (key: LuaValue): key is number => Number.isInteger(key) && Number(key) >= 1;

/** The largest key when all keys are whole positive numbers; an empty table is an object (lua_array_length). */
function arrayLength(keys: readonly LuaValue[]): number | undefined {
  if (keys.length === 0 || !keys.every(isIndex)) return undefined;
  const largest = keys.reduce((left, right) => Math.max(left, right), 0);
  if (largest > keys.length * SPARSE_RATIO && largest > SPARSE_SAFE) throw new Error("Cannot serialise table: excessively sparse array");
  return largest;
}
