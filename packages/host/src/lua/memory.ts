import { utf8 } from "./bytes.ts";
import type { LuaApi, Pointer } from "./capi.ts";
import type { ByteString } from "./engine.ts";

/** Bytes up to this many cross without an allocation of their own. */
const SCRATCH_BYTES = 16 * 1024;
const BEYOND_BYTES = /[^\u0000-\u00ff]/;

/** The wasm memory as JavaScript reads and writes it. */
export class Memory {
  readonly #api: LuaApi;
  readonly #names = new Map<string, Pointer>();
  readonly #length: Pointer;
  readonly #scratch: Pointer;
  #scratchTaken = false;
  #bytes: Buffer;
  #view: DataView;

  constructor(api: LuaApi) {
    this.#api = api;
    this.#length = api.malloc(8);
    this.#scratch = api.malloc(SCRATCH_BYTES);
    this.#bytes = Buffer.from(api.memory.buffer);
    this.#view = new DataView(api.memory.buffer);
  }

  int32(address: Pointer): number {
    return this.#current().getInt32(address, true);
  }

  setInt32(address: Pointer, value: number): void {
    this.#current().setInt32(address, value, true);
  }

  slice(address: Pointer, length: number): ByteString {
    this.#current();
    return this.#bytes.toString("latin1", address, address + length);
  }

  /** The string up to its NUL. */
  cString(address: Pointer): ByteString {
    this.#current();
    return this.#bytes.toString("latin1", address, this.#bytes.indexOf(0, address));
  }

  copy(from: Pointer, to: Pointer, length: number): void {
    this.#current();
    this.#bytes.copyWithin(to, from, from + length);
  }

  /** The string at a stack index, which must hold a string or a number (a number is converted in place). */
  stackString(L: number, index: number): ByteString {
    const address = this.#api.lua_tolstring(L, index, this.#length);
    return this.slice(address, this.int32(this.#length));
  }

  /** The first byte of the string at a stack index; undefined when it is empty. */
  firstByte(L: number, index: number): number | undefined {
    const address = this.#api.lua_tolstring(L, index, this.#length);
    return this.int32(this.#length) === 0 ? undefined : this.#bytes[address];
  }

  /** A NUL-terminated copy that is kept: for the fixed names of the host's own. */
  name(text: string): Pointer {
    let address = this.#names.get(text);
    if (address === undefined) {
      address = this.#place(`${utf8(text)}\0`, this.#api.malloc(Buffer.byteLength(text) + 1));
      this.#names.set(text, address);
    }
    return address;
  }

  /** Lends the bytes at an address of the wasm memory for as long as `use` runs, also when it leaves by a longjmp. */
  lend<T>(bytes: ByteString | Uint8Array, use: (address: Pointer, length: number) => T): T {
    const onScratch = !this.#scratchTaken && bytes.length <= SCRATCH_BYTES;
    const address = onScratch ? this.#scratch : this.#api.malloc(bytes.length);
    if (onScratch) this.#scratchTaken = true;
    try {
      return use(this.#place(bytes, address), bytes.length);
    } finally {
      if (onScratch) this.#scratchTaken = false;
      else this.#api.free(address);
    }
  }

  #place(bytes: ByteString | Uint8Array, address: Pointer): Pointer {
    if (address === 0) throw new Error(`the Lua engine has no memory left for ${bytes.length} bytes from the host`);
    this.#current();
    if (typeof bytes === "string") this.#bytes.write(checked(bytes), address, "latin1");
    else this.#bytes.set(bytes, address);
    return address;
  }

  /** Growing the memory detaches the buffer that the views look at. */
  #current(): DataView {
    const { buffer } = this.#api.memory;
    if (this.#view.buffer !== buffer) {
      this.#bytes = Buffer.from(buffer);
      this.#view = new DataView(buffer);
    }
    return this.#view;
  }
}

function checked(bytes: ByteString): ByteString {
  const beyond = BEYOND_BYTES.exec(bytes);
  if (beyond === null) return bytes;
  const code = beyond[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  throw new TypeError(`a Lua string is bytes (U+0000 to U+00FF), but the host gave U+${code} at ${beyond.index}: convert it with utf8()`);
}
