import type { ByteString, Place } from "../lua/index.ts";

/** Lua's bytes as text for people. */
export const text = (bytes: ByteString): string => Buffer.from(bytes, "latin1").toString("utf8");

/** The same for a place: Lua knows its chunks by the bytes of their names. */
export const textPlace = (place: Place | undefined): Place | undefined => place && { file: text(place.file), line: place.line };
