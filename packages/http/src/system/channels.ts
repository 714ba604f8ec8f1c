import { channel } from "node:diagnostics_channel";

/** A named channel of node:diagnostics_channel. */
export interface Channel {
  readonly hasSubscribers: boolean;
  /** What a subscriber throws becomes an uncaught exception a moment later; it does not come back here. */
  publish(message: object): void;
}

export const openChannel = (name: string): Channel => channel(name);
