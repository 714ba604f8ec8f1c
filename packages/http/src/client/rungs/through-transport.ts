import { TransportExchange } from "../exchange/transport-exchange.ts";
import type { Send } from "./send.ts";
import type { Transport } from "./transport.ts";

/** The foot of the ladder when a program answers in place of the network. */
export const throughTransport =
  (transport: Transport): Send =>
  (request, call) =>
    new Promise((answered, failed) => {
      new TransportExchange(request, call, { answered, failed }).start(transport);
    });
