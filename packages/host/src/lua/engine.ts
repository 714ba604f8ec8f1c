/**
 * The border between Lua and the host, as an interface. One engine implements it today (`wasm-engine.ts`); nothing above this floor knows which.
 *
 * Lua strings are bytes. Here they are **byte strings**: JavaScript strings with one character (U+0000–U+00FF) per byte, the form that
 * `Buffer.from(text, "latin1")` and `buffer.latin1Slice()` read and write. Host text beyond ASCII goes through {@link utf8} first.
 */
export type ByteString = string;

/** The eight types of Lua 5.1 (`lua_type`), and `none` for an argument that is not there. */
export type LuaType = "none" | "nil" | "boolean" | "lightuserdata" | "number" | "string" | "table" | "function" | "userdata" | "thread";

/** A function, table or userdata that the host holds by reference. It stays alive in Lua until released. */
export interface LuaRef {
  readonly type: "function" | "table" | "userdata" | "thread";
  /** Lets Lua collect it. A second call does nothing; using a released reference is an error of the host. */
  release(): void;
}

/** A constant that compares equal only to itself, as `sjson.NULL` (a light userdata on the device). */
export interface LuaSentinel {
  readonly sentinel: string;
}

/** What the host can hand to Lua. `Uint8Array` and byte strings become strings, arrays and maps become tables, host functions become functions. */
export type LuaInput =
  | undefined
  | null
  | boolean
  | number
  | ByteString
  | Uint8Array
  | LuaRef
  | LuaSentinel
  | HostFunction
  | readonly LuaInput[]
  | ReadonlyMap<ByteString | number, LuaInput>;

/**
 * What the host gets from Lua. Strings are byte strings. References that come inside a host function (arguments, fields of tables, results of
 * `call`) live until it returns; those that come outside of any live until they are released.
 */
export type LuaValue = undefined | boolean | number | ByteString | LuaTable | LuaRef | LuaSentinel;

/** A Lua table seen from the host. Reads are raw: no metamethod runs. */
export interface LuaTable extends LuaRef {
  readonly type: "table";
  /** The field, or undefined for nil. */
  get(key: ByteString | number): LuaValue;
  /** The length operator, as `lua_objlen` gives it. */
  readonly length: number;
  /** Every pair in the order of `next`. Keys that are neither strings nor numbers come as references. */
  entries(): [LuaValue, LuaValue][];
}

/** Results of a host function: nothing, one value, or several as an array (an array is always the list of results, never a table). */
export type HostResult = void | Exclude<LuaInput, readonly LuaInput[]> | readonly LuaInput[];

/**
 * A function of the host that Lua can call. It must not be async. An `Error` that it throws becomes a Lua error with the caller's place before
 * its message. What JavaScript throws by itself (`TypeError`, `RangeError`, …) is a defect of the host: it passes by every pcall and ends the
 * engine as a {@link HostFault}; so does a {@link LuaStop}, on purpose. A function stays registered as long as the engine lives: make it once,
 * not for every call.
 */
export type HostFunction = (call: LuaCall) => HostResult;

/**
 * The arguments of one call from Lua, read the way `lauxlib` reads them: `n` counts from 1, and a wrong type raises Lua's own
 * `bad argument #n to 'f' (string expected, got nil)`. Valid only until the host function returns.
 */
export interface LuaCall {
  readonly engine: LuaEngine;
  /** Number of arguments. */
  readonly count: number;
  type(n: number): LuaType;
  /** `luaL_checklstring`: strings and numbers. */
  string(n: number): ByteString;
  /** The same, or undefined for nil and none. */
  optString(n: number): ByteString | undefined;
  /** `luaL_checknumber`: numbers and numeric strings. */
  number(n: number): number;
  /** `luaL_checkinteger`: the number cut to an integer. */
  integer(n: number): number;
  optInteger(n: number): number | undefined;
  /** `lua_toboolean`: everything but nil and false is true. */
  boolean(n: number): boolean;
  /** A function, kept until `release()`: for callbacks. */
  callback(n: number): LuaRef;
  /** The same, or undefined for nil and none. */
  optCallback(n: number): LuaRef | undefined;
  /** A table, readable until the host function returns. */
  table(n: number): LuaTable;
  /** Any value; references live until the host function returns. */
  value(n: number): LuaValue;
  /** The host object behind a userdata of that class (`luaL_checkudata`). */
  self<T extends object>(lua: LuaClass<T>, n?: number): T;
  /** Raises `bad argument #n to 'f' (message)`. */
  argumentError(n: number, message: string): never;
}

/** A class of userdata: methods behind `__index`, `onCollect` behind `__gc`. */
export interface LuaClass<T extends object> {
  readonly name: string;
  /**
   * The userdata of this host object: made at the first call, the same one as long as Lua holds it. The reference keeps it alive until its
   * release, as a device keeps a connected socket. One that is returned from the host function that made it, or passed to `call` straight
   * after it was made, only passes it on: Lua alone then decides how long the userdata lives, and nothing needs a release.
   */
  wrap(object: T): LuaRef;
}

/** Where in a script: the chunk's name without its `@`, and a line from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Bytes of the Lua heap, counted exactly by the engine's allocator. */
export interface LuaHeap {
  readonly limit: number;
  readonly used: number;
  /** `limit - used`, never below 0. */
  readonly free: number;
  readonly peak: number;
}

/** How a chunk named in Lua (`dofile`, `loadfile`, `require`) is found. Returns undefined when there is no such file. */
export type ChunkReader = (name: ByteString) => Uint8Array | undefined;

/** What an engine needs from outside. */
export interface LuaEngineOptions {
  /** Bytes that Lua may hold. Crossing it collects all garbage first; then Lua's "not enough memory" is raised. */
  heap: number;
  /** Milliseconds of Lua without a return to the host; then a {@link WatchdogError} that no pcall sees, and the engine is dead. */
  watchdog: number;
  /** Milliseconds from any origin, monotonic. */
  now: () => number;
  /** The bytes that `print` writes, one call per `print`, the line end included. */
  print: (bytes: Uint8Array) => void;
  readChunk: ChunkReader;
  /** Called about every millisecond while Lua runs: a {@link LuaStop} that it throws ends the state. */
  interrupt?: () => void;
}

/**
 * One Lua state. Every entry is protected; no Lua error escapes as anything but a {@link LuaError}. After a {@link WatchdogError},
 * {@link LuaStop} or {@link HostFault} the state is dead: every later entry throws an `Error` that says so, `close` and `release` excepted.
 */
export interface LuaEngine {
  readonly heap: LuaHeap;
  /** Compiles and runs a chunk of source text. Bytecode is refused. */
  run(source: Uint8Array, chunkName: string): void;
  /** Calls a function; its results. */
  call(fn: LuaRef, ...args: LuaInput[]): LuaValue[];
  setGlobal(name: string, value: LuaInput): void;
  /**
   * Makes a module's table, sets it as global and for `require`: functions, constants, and nested maps as tables. `missing` is called with a
   * field that is not there ("getrssi", in a nested table "sta.getrssi"), before Lua gets its nil.
   */
  defineModule(name: string, fields: ReadonlyMap<string, LuaInput>, missing?: (field: ByteString) => void): LuaRef;
  /** Calls `missing` with the name of a global that is nil when it is read. */
  onMissingGlobal(missing: (name: ByteString) => void): void;
  /**
   * Makes a class of userdata. `onCollect` is called once when Lua has collected an object's userdata; it runs inside the collector, so it must
   * not call Lua (a `release` is no call).
   */
  defineClass<T extends object>(name: string, methods: Record<string, HostFunction>, onCollect?: (object: T) => void): LuaClass<T>;
  sentinel(name: string): LuaSentinel;
  /**
   * Sets the limit to `bytes` beside what is in use now: on the chip the libraries and modules lie in ROM and take nothing of the heap.
   * `heap.limit` becomes the sum, and `heap.free` is `bytes`.
   */
  grantHeap(bytes: number): void;
  /** The line of the script that is calling the host now (the nearest Lua function on the stack), or undefined outside any call. */
  where(): Place | undefined;
  /** Collects all garbage, whatever the script has made of `collectgarbage`. */
  collect(): void;
  /** Starts the watchdog's count again, as `tmr.wdclr()` does. */
  feedWatchdog(): void;
  /**
   * Frees the state; `onCollect` is called for every userdata left. Idempotent; every later call throws. From inside a host function it ends
   * the run: a {@link LuaStop} arrives at the outermost entry, and the state is freed there.
   */
  close(): void;
}
