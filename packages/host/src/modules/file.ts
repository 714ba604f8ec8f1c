import type { ByteString, HostResult, LuaCall, LuaClass, LuaInput, LuaRef } from "../lua/index.ts";
import { MAX_NAME_BYTES, withoutVolume } from "../flash/index.ts";
import type { FileMode, FlashFile, Whence } from "../flash/index.ts";
import type { Host, Module } from "./host.ts";
import { luaFunction } from "./lua-function.ts";

/** FILE_READ_CHUNK (app/modules/file.c): what a read takes when it is not told how much. */
const READ_CHUNK = 1024;

/** What `file.fsinfo` calls the size of the file system: 3 MiB, about what a module with 4 MiB of flash has. */
const FLASH_BYTES = 3 * 1024 * 1024;

const MODES: ReadonlySet<string> = new Set<FileMode>(["r", "w", "a", "r+", "w+", "a+"]);
const WHENCES: ReadonlySet<string> = new Set<Whence>(["set", "cur", "end"]);

/** file: the module form, whose functions work on the file opened last, and the object form. */
export const file: Module = (host) => {
  const files = new Files(host);
  host.lua.defineModule("file", files.fields(), host.missing("file"));
};

/** The host object behind a `file.obj`. Without a file it is closed. */
interface OpenedFile {
  file: FlashFile | undefined;
}

class Files {
  readonly #host: Host;
  readonly #class: LuaClass<OpenedFile>;
  /** `string.match` */
  readonly #match: LuaRef;
  /** The file that the module form works on. It is not collected while it is that. */
  #current: { readonly opened: OpenedFile; readonly ref: LuaRef } | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#match = luaFunction(host.lua, "string.match");
    this.#class = host.lua.defineClass<OpenedFile>("file.obj", this.#accessors(), closeFile);
  }

  fields(): ReadonlyMap<string, LuaInput> {
    return new Map<string, LuaInput>([
      ...Object.entries(this.#accessors()),
      ["open", (call: LuaCall) => this.#open(call)],
      ["exists", (call: LuaCall) => this.#host.flash.exists(nameArgument(call, 1))],
      ["remove", (call: LuaCall) => this.#host.flash.remove(nameArgument(call, 1))],
      ["rename", (call: LuaCall) => this.#host.flash.rename(nameArgument(call, 1), nameArgument(call, 2))],
      ["list", (call: LuaCall) => this.#list(call)],
      ["stat", (call: LuaCall) => this.#stat(call)],
      ["fsinfo", () => this.#fsinfo()],
      ["getcontents", (call: LuaCall) => [this.#host.flash.read(nameArgument(call, 1))]],
      ["putcontents", (call: LuaCall) => this.#putContents(call)],
      ["format", () => this.#format()],
    ]);
  }

  /** Functions of the module and methods of the object alike: with an object first they work on it, else on the current file. */
  #accessors(): Record<string, (call: LuaCall) => HostResult> {
    return {
      close: (call) => this.#close(call),
      read: (call) => this.#read(call),
      readline: (call) => [readUntil(this.#target(call).file, READ_CHUNK, "\n")],
      write: (call) => this.#write(call, ""),
      writeline: (call) => this.#write(call, "\n"),
      seek: (call) => this.#seek(call),
      flush: (call) => this.#flush(call),
    };
  }

  #open(call: LuaCall): HostResult {
    this.#forget();
    const name = nameArgument(call, 1);
    const mode = call.optString(2) ?? "r";
    // Any other mode reads (fs_mode2flag in app/spiffs/spiffs.c).
    const handle = this.#host.flash.open(name, isMode(mode) ? mode : "r");
    if (handle === undefined) return [undefined];
    const opened: OpenedFile = { file: handle };
    this.#current = { opened, ref: this.#class.wrap(opened) };
    return this.#class.wrap(opened);
  }

  /** The current file becomes one like any other: it is closed when Lua has no use for it. */
  #forget(): void {
    this.#current?.ref.release();
    this.#current = undefined;
  }

  #close(call: LuaCall): void {
    const opened = call.type(1) === "userdata" ? call.self(this.#class) : this.#current?.opened;
    if (opened === undefined) return;
    if (opened === this.#current?.opened) this.#forget();
    closeFile(opened);
  }

  /** The open file that the call is about, and where its arguments begin. */
  #target(call: LuaCall): { file: FlashFile; first: number } {
    const isMethod = call.type(1) === "userdata";
    const opened = isMethod ? call.self(this.#class) : this.#current?.opened;
    if (opened?.file === undefined) throw new Error("open a file first");
    return { file: opened.file, first: isMethod ? 2 : 1 };
  }

  #read(call: LuaCall): HostResult {
    const { file: opened, first } = this.#target(call);
    if (call.type(first) === "number") return [readSome(opened, call.integer(first))];
    if (call.type(first) !== "string") return [readSome(opened, READ_CHUNK)];
    const end = call.string(first);
    if (end.length !== 1) throw new Error("wrong arg range");
    return [readUntil(opened, READ_CHUNK, end)];
  }

  #write(call: LuaCall, end: ByteString): HostResult {
    const { file: opened, first } = this.#target(call);
    return [opened.write(Buffer.from(call.string(first) + end, "latin1")) || undefined];
  }

  #seek(call: LuaCall): HostResult {
    const { file: opened, first } = this.#target(call);
    const whence = call.optString(first) ?? "cur";
    if (!isWhence(whence)) call.argumentError(first, `invalid option '${whence}'`);
    return [opened.seek(whence, call.optInteger(first + 1) ?? 0)];
  }

  #flush(call: LuaCall): HostResult {
    this.#target(call).file.flush();
    return true;
  }

  #list(call: LuaCall): HostResult {
    const pattern = call.optString(1);
    const files = this.#host.flash.list();
    return pattern === undefined ? files : this.#matching(files, pattern);
  }

  #matching(files: ReadonlyMap<string, number>, pattern: ByteString): ReadonlyMap<string, number> {
    return new Map([...files].filter(([name]) => this.#host.lua.call(this.#match, name, pattern)[0] !== undefined));
  }

  #stat(call: LuaCall): HostResult {
    const name = nameArgument(call, 1);
    const size = this.#host.flash.size(name);
    if (size === undefined) return [undefined];
    return new Map<string, LuaInput>([["name", name], ["size", size], ["time", EPOCH], ...ATTRIBUTES]);
  }

  #fsinfo(): HostResult {
    const used = [...this.#host.flash.list().values()].reduce((sum, size) => sum + size, 0);
    return [Math.max(0, FLASH_BYTES - used), used, Math.max(FLASH_BYTES, used)];
  }

  #putContents(call: LuaCall): HostResult {
    const name = nameArgument(call, 1);
    const contents = Buffer.from(call.string(2), "latin1");
    const opened = this.#host.flash.open(name, "w+");
    const written = opened?.write(contents);
    opened?.close();
    return [written || undefined];
  }

  #format(): void {
    if (this.#current) closeFile(this.#current.opened);
    this.#forget();
    this.#host.flash.format();
  }
}

/** SPIFFS keeps no times: the device gives this one for every file. */
const EPOCH: ReadonlyMap<string, number> = new Map(Object.entries({ year: 1970, mon: 1, day: 1, hour: 0, min: 0, sec: 0 }));

const ATTRIBUTES = ["is_dir", "is_rdonly", "is_hidden", "is_sys", "is_arch"].map((name) => [name, false] as const);

const isMode = (mode: string): mode is FileMode => MODES.has(mode);
const isWhence = (whence: string): whence is Whence => WHENCES.has(whence);

function closeFile(opened: OpenedFile): void {
  opened.file?.close();
  opened.file = undefined;
}

/** A file's name. */
function nameArgument(call: LuaCall, n: number): ByteString {
  const path = call.string(n);
  const base = path.slice(path.lastIndexOf("/") + 1);
  if (base.length > MAX_NAME_BYTES || path.includes("\0")) call.argumentError(n, "filename invalid");
  return withoutVolume(path);
}

function readSome(opened: FlashFile, length: number): Uint8Array | undefined {
  const bytes = opened.read(length > 0 ? length : READ_CHUNK);
  return bytes?.length ? bytes : undefined;
}

/** Up to the first `end`, which is included, or `length` bytes; undefined at the end of the file. */
function readUntil(opened: FlashFile, length: number, end: ByteString): Uint8Array | undefined {
  const bytes = readSome(opened, length);
  const found = bytes?.indexOf(end.charCodeAt(0)) ?? -1;
  if (bytes === undefined || found < 0) return bytes;
  opened.seek("cur", found + 1 - bytes.length);
  return bytes.subarray(0, found + 1);
}
