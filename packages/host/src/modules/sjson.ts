import type { LuaCall, LuaEngine, LuaInput, LuaRef, LuaSentinel, LuaTable, LuaValue } from "../lua/index.ts";
import type { Module } from "./host.ts";
import { fillingFunctions, TableFiller } from "./json/filling.ts";
import { formatNumber } from "./json/number.ts";
import { JsonError, JsonReader } from "./json/reader.ts";
import type { JsonValue } from "./json/reader.ts";
import { INCOMPLETE, sjsonMessage } from "./json/sjson-faults.ts";
import { JsonWriter } from "./json/writer.ts";
import type { JsonStyle } from "./json/writer.ts";

// app/modules/sjson.c: DEFAULT_DEPTH and the bounds in sjson_encoder and sjson_decoder_int.
const DEFAULT_DEPTH = 20;
const MIN_DEPTH = 4;
const MAX_DEPTH = 1000;
/** An encoder keeps a table's size in 16 bits; above that it takes the table for an object. */
const MAX_ARRAY = 32_767;
/** An encoder calls a function for its value, and a function that it returns, ten times at most. */
const MAX_CALLS = 10;

/**
 * sjson: `encode(table[, opts])`, `decode(str[, opts])` and NULL. Stricter than the device: input follows RFC 8259, and a backslash is
 * escaped on output (the device writes it bare, which no parser takes). Surrogate pairs become one character (the device gives "??").
 */
export const sjson: Module = (host) => {
  fillingFunctions(host.lua);
  const nothing = host.lua.sentinel("NULL");
  const fields = new Map<string, LuaInput>([
    ["encode", (call: LuaCall) => encode(call)],
    ["decode", (call: LuaCall) => [decode(call, nothing)]],
    ["NULL", nothing],
  ]);
  host.lua.defineModule("sjson", fields, host.missing("sjson"));
};

function encode(call: LuaCall): string {
  const table = call.table(1);
  const options = call.type(2) === "table" ? call.table(2) : undefined;
  return new JsonWriter(sjsonStyle(call.engine, options)).write(table);
}

function sjsonStyle(lua: LuaEngine, options: LuaTable | undefined): JsonStyle {
  const maxDepth = depthOption(options);
  const nullString = options?.get("null");
  return {
    arrayLength,
    escaped: /[^ !#-[\]-\xff]/g,
    number: formatNumber,
    checkDepth(depth) {
      if (depth > maxDepth) throw new Error("encoder stack overflow");
    },
    replace: (value) => callForValue(lua, value),
    isNull: (value) => isSentinel(value) || (typeof value === "string" && value === nullString),
    refuseKey,
  };
}

/** The largest key when all keys are positive numbers, holes included; an empty table is an array (sjson_encoder_get_table_size). */
function arrayLength(keys: readonly LuaValue[]): number | undefined {
  const indices = keys.map((key) => (typeof key === "number" ? Math.trunc(key) : 0));
  const largest = indices.reduce((left, right) => Math.max(left, right), 0);
  return indices.every((index) => index > 0) && largest <= MAX_ARRAY ? largest : undefined;
}

// lua.h
const TYPE_NUMBERS: Readonly<Record<LuaRef["type"] | "boolean", number>> = { boolean: 1, table: 5, function: 6, userdata: 7, thread: 8 };

function callForValue(lua: LuaEngine, value: LuaRef | LuaSentinel): LuaValue {
  let result: LuaValue = value;
  for (let calls = 0; calls < MAX_CALLS && isFunction(result); calls++) result = lua.call(result)[0];
  if (isRef(result) && result.type !== "table") throw new Error(`Cannot encode type ${TYPE_NUMBERS[result.type]}`);
  return result;
}

/** The device writes a boolean key without quotes, which no parser takes. */
function refuseKey(key: LuaValue): never {
  throw new Error(`Cannot encode type ${TYPE_NUMBERS[isRef(key) ? key.type : "boolean"]}`);
}

function decode(call: LuaCall, nothing: LuaSentinel): LuaInput {
  const options = call.type(2) === "table" ? call.table(2) : undefined;
  // As the device: with options, null is what they say, and nil when they say nothing.
  const value = parse(call.string(1), depthOption(options), options ? options.get("null") : nothing);
  const metatable = options?.get("metatable");
  return isTable(metatable) ? new TableFiller(call.engine, metatable).build(value) : value;
}

function parse<N extends LuaInput>(text: string, maxDepth: number, nothing: N): Container<N> {
  try {
    const value = new JsonReader(text, { null: nothing, checkLevel: levelCheck(maxDepth) }).read();
    if (isContainer(value)) return value; // What follows the outermost bracket is not read.
  } catch (error) {
    if (error instanceof JsonError) throw new Error(sjsonMessage(error), { cause: error });
    throw error;
  }
  throw new Error(/^\s*"/.test(text) ? "JSON parse error: STRING_OUTSIDE_CONTAINER" : INCOMPLETE);
}

type Container<N> = JsonValue<N>[] | Map<string, JsonValue<N>>;

const isContainer = <N>(value: JsonValue<N>): value is Container<N> => Array.isArray(value) || value instanceof Map;

/** A scalar takes a level of jsonsl's stack as a container does, and the lowest is never used (STACK_PUSH). */
const levelCheck =
  (maxDepth: number) =>
  (level: number): void => {
    if (level > maxDepth - 1) throw new Error("JSON parse error: LEVELS_EXCEEDED");
  };

function depthOption(options: LuaTable | undefined): number {
  const depth = Math.trunc(Number(options?.get("depth") ?? 0));
  return depth ? Math.min(Math.max(depth, MIN_DEPTH), MAX_DEPTH) : DEFAULT_DEPTH;
}

const isRef = (value: LuaValue): value is LuaRef => typeof value === "object" && "type" in value;
const isTable = (value: LuaValue): value is LuaTable => isRef(value) && value.type === "table";
const isFunction = (value: LuaValue): value is LuaRef => isRef(value) && value.type === "function";
const isSentinel = (value: LuaValue): value is LuaSentinel => typeof value === "object" && "sentinel" in value;
