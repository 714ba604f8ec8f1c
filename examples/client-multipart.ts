// The modern client: a form with files, as multipart/form-data.
import { Client } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({ baseUrl: "http://httpbin.org/", connectTo });

async function* picture(): AsyncGenerator<Uint8Array> {
  for (let row = 0; row < 4; row++) yield new Uint8Array(3).fill(0xf0 + row);
}

const response = await client.post("post", {
  multipart: {
    room: "kitchen",
    celsius: 21.5,
    notes: new File(["It is warm."], "notes.txt", { type: "text/plain" }),
    picture: { value: picture, filename: "picture.raw", type: "image/x-raw" },
  },
});
const { form, files } = (await response.json()) as Record<"form" | "files", Record<string, string>>;
console.log(form["room"], form["celsius"], files["notes"], files["picture"]);

const standard = new FormData();
standard.append("tag", "warm");
standard.append("tag", "inside");
const answer = (await (await client.post("post", { body: standard })).json()) as { form: Record<string, string[]> };
console.log(answer.form["tag"]?.join(" "));
