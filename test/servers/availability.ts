import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** A real server the tests compare with, and how one finds out whether this machine has it. */
export interface ServerProgram {
  readonly name: string;
  /** What to install where it is missing. */
  readonly debianPackages: string;
  isInstalled(): boolean;
}

// Debian's own interpreter: another one on the PATH would not see Debian's modules.
export const PYTHON = "/usr/bin/python3";
export const NGINX = "/usr/sbin/nginx";

const PROBE = "import importlib.util, sys; sys.exit(not all(importlib.util.find_spec(name) for name in ('gunicorn', 'httpbin')))";

/** The servers by name. */
export const SERVERS: { readonly httpbin: ServerProgram; readonly nginx: ServerProgram } = {
  httpbin: {
    name: "httpbin",
    debianPackages: "python3-httpbin gunicorn",
    isInstalled: () => existsSync(PYTHON) && spawnSync(PYTHON, ["-c", PROBE], { timeout: 20_000 }).status === 0,
  },
  nginx: { name: "nginx", debianPackages: "nginx-light", isInstalled: () => existsSync(NGINX) },
};

/** Why tests that need a server are skipped where it is missing. */
export const skipReason = ({ name, debianPackages }: ServerProgram): string =>
  `${name} is not installed; apt-get install ${debianPackages} brings it`;

/**
 * Whether a server can be started; prints the reason when it cannot.
 * @throws where CI is "true": there, tests without their server would prove nothing
 */
export function isAvailable(program: ServerProgram): boolean {
  if (program.isInstalled()) return true;
  if (process.env["CI"] === "true") throw new Error(`CI needs every real server, but ${skipReason(program)}`);
  console.log(`skipped: ${skipReason(program)}`);
  return false;
}
