import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HttpFailure } from "../protocol/index.ts";

/** The text of a file, in UTF-8. Fails with `file-failed`. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw failure(path, "read", cause);
  }
}

/** Replaces a file in one step: whoever reads it sees the old text or the new one, and never a part. Fails with `file-failed`. */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  const partial = join(dirname(path), `.${basename(path).slice(0, 60)}.${crypto.randomUUID()}.part`);
  try {
    await writeFile(partial, text, Object.assign(Object.create(null), { flag: "wx" }));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, Object.assign(Object.create(null), { force: true })).catch(() => {});
    throw failure(path, "written", cause);
  }
}

function failure(path: string, step: "read" | "written", cause: unknown): HttpFailure {
  const says = cause instanceof Error ? cause.message : String(cause);
  return new HttpFailure("file-failed", {
    phase: "body",
    reason: `the file ${JSON.stringify(path)} could not be ${step}: ${says}.`,
    cause,
  });
}
