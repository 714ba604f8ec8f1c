/** A wrong argument of a host function. The dispatcher has Lua word it (`luaL_argerror`, `luaL_typerror`), with the name that the script used. */
export class ArgumentError extends Error {
  readonly n: number;
  /** The type's name when the type is wrong. */
  readonly expected: string | undefined;

  constructor(n: number, wrong: { expected: string } | { message: string }) {
    super("message" in wrong ? wrong.message : `${wrong.expected} expected`);
    this.n = n;
    this.expected = "expected" in wrong ? wrong.expected : undefined;
  }
}
