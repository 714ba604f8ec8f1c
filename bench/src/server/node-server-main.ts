// The server on node:net as a process: its arguments are the files with certificate and key, its only message the ports.
import { readFileSync } from "node:fs";
import { listenOnNode } from "./node-server.ts";
import { makePages } from "./pages.ts";

const [cert, key] = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
if (cert === undefined || key === undefined) throw new Error("the files with certificate and key are missing");
process.once("disconnect", () => process.exit());
const { port, tlsPort } = await listenOnNode({ cert, key, pages: makePages() });
process.send?.({ port, tlsPort });
