import type { ByteString } from "../lua/index.ts";

/** Lua's bytes as text for people. */
export const text = (bytes: ByteString): string => Buffer.from(bytes, "latin1").toString("utf8");
