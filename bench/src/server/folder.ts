import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

/** A folder for one server, with its certificate and key. */
export interface ServerFolder {
  readonly path: string;
  /** Files in the folder. */
  readonly certificate: string;
  readonly key: string;
  remove(): void;
}

/** Makes the folder, which goes when this process ends at the latest, with a throw-away certificate for 127.0.0.1: EC P-256, good for a day. */
export async function makeFolder(): Promise<ServerFolder> {
  const path = await mkdtemp(join(tmpdir(), "bench-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  const [certificate, key] = [join(path, "certificate.pem"), join(path, "key.pem")];
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 24 * 60 * 60 * 1000),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  await writeFile(certificate, made.cert);
  await writeFile(key, made.private);
  return { path, certificate, key, remove };
}
