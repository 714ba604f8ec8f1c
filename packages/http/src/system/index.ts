/** Node's own modules that are no sockets, behind functions of this package: files, compression, hashes, channels. */
export { inflate, InflateError, inflating, type InflateFault } from "./inflate.ts";
export { inflateNow } from "./inflate-now.ts";
export { CODINGS, type Coding } from "./inflate-engines.ts";
export { DIGEST_HASHES, digestHash, type DigestHash } from "./digest-hash.ts";
export { PartialFile, readSidecar, removeFile, writeSidecar } from "./files.ts";
export { readText, writeTextAtomically } from "./text-file.ts";
export { openChannel, type Channel } from "./channels.ts";
