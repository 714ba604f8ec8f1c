import { HttpFailure } from "../protocol/index.ts";

/** What the errors of the system say of a file (errno(3)). */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "this program may not write there",
  EPERM: "this program may not write there",
  EROFS: "the file system is read-only",
  ENOENT: "its folder does not exist",
  ENOTDIR: "what should be its folder is a file",
  EISDIR: "there is a folder of that name",
  ELOOP: "there is a link in its place",
  ENAMETOOLONG: "its name is too long",
  ENOSPC: "there is no space left on the device",
  EDQUOT: "the quota is used up",
  EFBIG: "it would be larger than the file system allows",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the device does not work",
};

const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && typeof error.code === "string" && !(error instanceof HttpFailure);

/** Does something with a file; an error of the system becomes `file-failed`, with the path and what to make of it. */
export async function withFile<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const words = Object.hasOwn(WORDS, error.code) ? WORDS[error.code] : error.message;
    const reason = `the file ${JSON.stringify(path)} cannot be written: ${words} (${error.code}).`;
    throw new HttpFailure("file-failed", { phase: "body", reason, cause: error });
  }
}

/** True for the error of a file that is not there. */
export const isMissing = (error: unknown): boolean => isSystemError(error) && error.code === "ENOENT";
