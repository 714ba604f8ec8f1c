import type { SearchParams } from "../options/options.ts";

/** application/x-www-form-urlencoded, by the URL standard. */
export function formText(params: SearchParams): string {
  if (typeof params === "string" || params instanceof URLSearchParams) return params.toString();
  const pairs = Symbol.iterator in params ? [...params] : Object.entries(params);
  const given = pairs.filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
}
