import { engineOf, type Coding } from "./inflate-engines.ts";

/** All of it at once, for bytes that are few and were read before; undefined when they cannot be decoded, or become more than that. */
export function inflateNow(coding: Coding, bytes: Uint8Array, maxOutput: number): Uint8Array | undefined {
  try {
    const options = Object.assign(Object.create(null), { maxOutputLength: maxOutput, info: true });
    const { buffer, engine } = engineOf(coding, bytes).sync(bytes, options);
    return engine.bytesWritten === bytes.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}
