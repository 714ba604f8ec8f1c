/** A member of an object or of its class; what stands on Object.prototype is no member: it may be pollution. */
export function memberOf(object: object, name: PropertyKey): unknown {
  let holder: unknown = object;
  while (isObject(holder) && holder !== Object.prototype) {
    if (Object.hasOwn(holder, name)) return Reflect.get(holder, name, object);
    holder = Object.getPrototypeOf(holder);
  }
  return undefined;
}

/** What an object says itself: a polluted Object.prototype adds nothing. */
export const ownMembers = <Options extends object>(options: Options): Options => Object.assign(Object.create(null), options);

/** An object that can be asked all of that. */
export const hasMethods = (value: unknown, ...names: PropertyKey[]): boolean =>
  isObject(value) && names.every((name) => typeof memberOf(value, name) === "function");

export const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** What kind of thing was given, for a message: never what it holds. */
export function kindName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (!isObject(value)) return `a ${typeof value}`;
  const maker = memberOf(value, "constructor");
  return typeof maker === "function" && /^[\w$]{1,40}$/.test(maker.name)
    ? `${/^[AEIOU]/.test(maker.name) ? "an" : "a"} ${maker.name}`
    : "an object";
}
