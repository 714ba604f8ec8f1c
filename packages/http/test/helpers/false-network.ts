import net, { type NetConnectOpts, type Socket } from "node:net";
import { syncBuiltinESMExports } from "node:module";

/** An address of the public Internet's that, within {@link falseNetwork}, is this machine. */
export const PUBLIC_ADDRESS = "192.0.1.1";

/** Does the work while connections to {@link PUBLIC_ADDRESS} come out on loopback, as a guard would only see on the real Internet. */
export async function falseNetwork(work: () => Promise<unknown>): Promise<void> {
  const { connect } = net;
  const leading = (options: NetConnectOpts): Socket =>
    connect("host" in options && options.host === PUBLIC_ADDRESS ? { ...options, host: "127.0.0.1" } : options);
  Object.assign(net, { connect: leading });
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(net, { connect });
    syncBuiltinESMExports();
  }
}
