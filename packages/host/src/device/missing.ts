import type { ByteString, LuaEngine } from "../lua/index.ts";
import type { Diagnostic } from "../modules/index.ts";
import { DOCUMENTED_FIELDS, DOCUMENTED_MODULES } from "./documented.ts";
import { text } from "./text.ts";

/** Says once per name what a script reads and this host does not have. */
export class MissingNames {
  readonly #lua: LuaEngine;
  readonly #diagnose: (diagnostic: Diagnostic) => void;
  readonly #said = new Set<string>();

  constructor(lua: LuaEngine, diagnose: (diagnostic: Diagnostic) => void) {
    this.#lua = lua;
    this.#diagnose = diagnose;
  }

  /** A global that is nil. Scripts test for globals of their own, so only the names of modules count. */
  global(bytes: ByteString): void {
    const name = text(bytes);
    if (!DOCUMENTED_MODULES.has(name)) return;
    this.#once(
      "module-missing",
      name,
      `NodeMCU documents the module ${name}, this host does not have it: the global ${name} is nil, as on a firmware built without it.`,
    );
  }

  field(module: string, bytes: ByteString): void {
    const field = text(bytes);
    const name = `${module}.${field}`;
    const known = DOCUMENTED_FIELDS[module]?.includes(field) ?? false;
    const reason = known
      ? `NodeMCU documents ${name}, this host does not have it`
      : `the module ${module} has no field ${field} in this host`;
    this.#once("function-missing", name, `${reason}: ${name} is nil.`);
  }

  #once(code: string, name: string, message: string): void {
    if (this.#said.has(name)) return;
    this.#said.add(name);
    this.#diagnose({ code, severity: "warning", message, place: this.#lua.where() });
  }
}
