/**
 * A JSON value as httpbin's Python holds it: an integer is a `bigint`, a number written with a point or an exponent is a `number`,
 * an object is a map (so that a key such as `__proto__` is a key like any other).
 */
export type Json = null | boolean | string | bigint | number | readonly Json[] | JsonObject;

/** A JSON object; its keys keep their order. */
export type JsonObject = ReadonlyMap<string, Json>;

/** The JSON object with these members. */
export const object = (members: Readonly<Record<string, Json>>): JsonObject => new Map(Object.entries(members));
