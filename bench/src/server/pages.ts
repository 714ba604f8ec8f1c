import { gzipSync } from "node:zlib";
import { JSON_RECORDS, SIZES, SMALL_BODY } from "../work.ts";

/** What a server answers on a path. */
export interface Page {
  readonly type: string;
  readonly encoding?: "gzip";
  readonly body: Buffer;
}

const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";

const record = (id: number): object => ({ id, name: `sensor ${id}`, value: (id * 7919) % 1000, tags: ["bench", `group-${id % 7}`] });

/** The pages by path. `/sink` is beside them: it reads a body of any size and answers as `/small.txt` does. */
export const makePages = (): Readonly<Record<string, Page>> => ({
  "/small.txt": { type: TEXT, body: Buffer.from(SMALL_BODY) },
  "/medium.txt": { type: TEXT, body: Buffer.alloc(SIZES.medium, "all work and no play\n") },
  "/large.bin": { type: BYTES, body: Buffer.alloc(SIZES.large, "0123456789abcdef") },
  "/records.json": {
    type: "application/json",
    encoding: "gzip",
    body: gzipSync(JSON.stringify(Array.from({ length: JSON_RECORDS }, (_value, id) => record(id)))),
  },
});
