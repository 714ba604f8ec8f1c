/** The arguments of a call, before anybody has looked at them. */
interface Arguments {
  readonly name: string;
  readonly url: unknown;
  readonly method: unknown;
  readonly headers: unknown;
  readonly body: unknown;
  readonly callback: unknown;
}

const isNil = (value: unknown): boolean => value === undefined || value === null;

/** What each argument must be, and how that is said. */
const RULES: readonly { argument: Exclude<keyof Arguments, "name">; must: string; holds: (value: unknown) => boolean }[] = [
  { argument: "url", must: "a string", holds: (value) => typeof value === "string" },
  { argument: "method", must: "a string", holds: (value) => typeof value === "string" },
  {
    argument: "headers",
    must: "a string, an object of strings, null or undefined",
    holds: (value) => isNil(value) || typeof value === "string" || isPlain(value),
  },
  {
    argument: "body",
    must: "a string, a Uint8Array, null or undefined",
    holds: (value) => isNil(value) || typeof value === "string" || value instanceof Uint8Array,
  },
  { argument: "callback", must: "a function, null or undefined", holds: (value) => isNil(value) || typeof value === "function" },
];

/** An object whose own properties are all there is to it. A Headers or a Map has none, and would be sent as nothing. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A wrong type is a mistake in the calling program: a TypeError, at once. */
export function checkArguments(call: Arguments): void {
  const broken = RULES.find(({ argument, holds }) => !holds(call[argument]));
  if (broken) throw new TypeError(`http.${call.name}: ${broken.argument} must be ${broken.must}, not ${kindOf(call[broken.argument])}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? (value.constructor?.name ?? "an object") : `a ${typeof value}`;
}
