import { isReplayable } from "../request/request-body.ts";
import type { Send } from "./send.ts";

/** A server that answers 417 does not know Expect: the request is sent once more without (RFC 9110 §10.1.1). */
export function withExpectation(send: Send): Send {
  return async (request, call) => {
    const answer = await send(request, call);
    const expects = request.fields.some(([name]) => name === "Expect");
    if (answer.head.status !== 417 || !expects || !isReplayable(request.body)) return answer;
    answer.body.abandon();
    return send({ ...request, fields: request.fields.filter(([name]) => name !== "Expect") }, call);
  };
}
