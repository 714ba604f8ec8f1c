import { lowerCase, trimOws } from "../../protocol/index.ts";
import { CODINGS, type Coding } from "../../system/index.ts";

/** What is asked for: every coding that this Node can undo. */
export const ACCEPT_ENCODING: string = CODINGS.join(", ");

/** Names with what they mean; `x-gzip` is the same as gzip, and `identity` is nothing (RFC 9110 §8.4.1.3, §12.5.3). */
const NAMES: ReadonlyMap<string, Coding | undefined> = new Map([
  ["identity", undefined],
  ["x-gzip", "gzip"],
  ...CODINGS.map((coding): [string, Coding] => [coding, coding]),
]);

const NONE: readonly Coding[] = [];

/**
 * The codings of a Content-Encoding in the order in which they are undone, which is not that in which they stand (RFC 9110 §8.4). Undefined when
 * one is among them that cannot be undone: then the body is left as it is.
 */
export function codingsOf(contentEncoding: string | undefined): readonly Coding[] | undefined {
  if (contentEncoding === undefined) return NONE;
  const names = contentEncoding.split(",").map((name) => lowerCase(trimOws(name)));
  const given = names.filter((name) => name !== "");
  if (!given.every((name) => NAMES.has(name))) return undefined;
  return given
    .map((name) => NAMES.get(name))
    .filter((coding) => coding !== undefined)
    .toReversed();
}

/** Whether bodies are decoded, and the limits of it. `Infinity` switches a limit off. */
export type Decompress =
  | boolean
  | {
      /** Decoded bytes for each that came; up to 16 MiB of decoded bytes are taken at any ratio. Default 200. */
      readonly maxRatio?: number | undefined;
      /** Codings on top of each other. Default 5. */
      readonly maxCodings?: number | undefined;
    };

/** The limits that an option means; undefined when nothing is to be decoded. */
export function decodeLimits(decompress: Decompress): { readonly maxRatio: number; readonly maxCodings: number } | undefined {
  if (decompress === false) return undefined;
  const given = decompress === true ? {} : decompress;
  return { maxRatio: ownNumber(given, "maxRatio") ?? 200, maxCodings: ownNumber(given, "maxCodings") ?? 5 };
}

function ownNumber<Name extends string>(options: { readonly [name in Name]?: number | undefined }, name: Name): number | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}
