import { isSendable } from "../request/request-body.ts";
import type { Send } from "./send.ts";

/** A server that answers 417 does not know Expect: the request is sent once more without (RFC 9110 §10.1.1). */
export function withExpectation(send: Send): Send {
  return async (request, call) => {
    const answer = await send(request, call);
    const others = request.fields.filter(([name]) => name.toLowerCase() !== "expect");
    const expects = others.length < request.fields.length;
    if (answer.head.status !== 417 || !expects || !isSendable(request.body)) return answer;
    answer.body.abandon();
    return send({ ...request, fields: others }, call);
  };
}
