import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { fileLimit } from "../bench/src/descriptors.ts";
import { measureFootprint } from "../bench/src/footprint/index.ts";
import { drawChart } from "../bench/src/report/chart.ts";
import { formatResult, formatVerdicts } from "../bench/src/report/text.ts";
import { saveResults } from "../bench/src/save-results.ts";
import { startServer } from "../bench/src/server/index.ts";
import { judge, targetsOn } from "../bench/src/targets.ts";
import { known, subjectCalled, workCalled } from "./helpers/bench-result.ts";

describe("the report", () => {
  test("has a line per subject with its version and ratios, and a line per failure", () => {
    const text = formatResult({ ...known(), failures: [{ subject: "ky", reason: "Error: refused" }] });
    assert.match(text, /^undici\.request 7\.1\.2 +12\.0 ms +83\/s +6000 µs .* 4\.00 \(3\.00–4\.00\)$/m);
    assert.match(text, /^FAILED ky: Error: refused$/m);
  });

  const machine = { node: "v20.19.0", cpu: "a CPU", cores: 2, kernel: "a kernel", loadBefore: 0 };

  test("says of each ratio to reach whether it was reached", () => {
    const text = formatVerdicts({ results: [known()], footprint: [], machine });
    assert.match(text, /^reached {2}4\.00 of 3\.5 {2}one-shot: undici\.request/m);
    assert.match(text, /^MISSED {3}0\.50 of 0\.8 {2}one-shot: raw socket/m);
    assert.equal(formatVerdicts({ results: [], footprint: [], machine }), "");
  });

  test("says of memory, start and size whether they stay within their limits, and why they were not measured", () => {
    const limit = { what: "weight", unit: "kB", atMost: 3, note: "scales" } as const;
    const footprint = [
      { ...limit, value: 2 },
      { ...limit, value: 4 },
      { ...limit, value: undefined },
    ];
    assert.deepEqual(formatVerdicts({ results: [], footprint, machine }).split("\n").slice(1), [
      "reached  2.00 kB, at most 3  weight (scales)",
      "MISSED   4.00 kB, at most 3  weight (scales)",
      "MISSED   not measured, at most 3  weight (scales)",
    ]);
  });

  test("has every ratio between subjects and works that there are, and asks less of what Node 24 made faster", () => {
    for (const { work, faster, slower } of [...targetsOn(20), ...targetsOn(24)])
      for (const name of [faster, slower]) assert.ok(subjectCalled(name).does(workCalled(work)), `${name} does not do ${work}`);
    const asked = (major: number): number | undefined => targetsOn(major).find(({ slower }) => slower === "axios")?.atLeast;
    assert.deepEqual([asked(20), asked(22), asked(24)], [6, 6, 3]);
    assert.deepEqual(
      judge([known()], "v24.1.0").map(({ slower, reached }) => [slower, reached]),
      [
        ["undici.request", 4],
        ["raw socket", 0.5],
      ],
    );
  });

  test("draws a bar per package, the fastest longest even when it is a peer, and text as text", () => {
    const svg = drawChart([{ ...known(), work: { ...workCalled("one-shot"), title: "a < b" } }], "a note");
    const bars = [...svg.matchAll(/<rect class="(\w+)".* width="([0-9.]+)" height/g)].map(([, kind, width]) => [kind, Number(width)]);
    assert.deepEqual(bars, [
      ["peer", 420],
      ["ours", 210],
      ["peer", 70],
    ]);
    assert.match(svg, /prefers-color-scheme: dark/);
    assert.match(svg, /a &lt; b: requests per second/);
  });

  test("draws works one below the other, so that no two bars lie on one another", () => {
    const svg = drawChart([known(), known()], "a note");
    const tops = [...svg.matchAll(/<rect .* y="([0-9]+)"/g)].map(([, top]) => Number(top));
    assert.equal(new Set(tops).size, 6);
    assert.ok(Math.max(...tops) < Number(/height="([0-9]+)" viewBox/.exec(svg)?.[1]));
  });

  test("writes a file per major version of Node, and the chart from that of Node 20 alone, and from complete runs alone", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "results-"));
    t.after(() => rm(folder, { recursive: true }));
    const facts = { server: "a server", pinned: true, plan: { rounds: 3, warmUp: 0, slice: 0, leastRequests: 1 } };
    const save = async (node: string, complete: boolean): Promise<readonly string[]> => {
      const results = { ...facts, machine: { ...machine, node }, results: [known()], footprint: [] };
      await saveResults(results, { folder: pathToFileURL(`${folder}/`), complete });
      return (await readdir(folder)).toSorted();
    };
    assert.deepEqual(await save("v24.1.0", true), ["24.json"]);
    assert.deepEqual(await save("v20.19.0", false), ["24.json", "partial-20.json"]);
    assert.deepEqual(await save("v20.19.0", true), ["20.json", "24.json", "chart.svg", "partial-20.json"]);
    const chart = await readFile(join(folder, "chart.svg"), "utf8");
    assert.match(chart, /Node v20\.19\.0/);
    await save("v24.1.0", true);
    assert.equal(await readFile(join(folder, "chart.svg"), "utf8"), chart);
    const { verdicts } = JSON.parse(await readFile(join(folder, "20.json"), "utf8")) as { verdicts: readonly { reached: number }[] };
    assert.deepEqual(
      verdicts.map(({ reached }) => reached),
      [4, 0.5],
    );
  });
});

describe("memory, start and size", () => {
  const scale = { streams: 1, connections: 20, requests: 200, imports: 1 };

  test("are measured in processes of their own, against a server", async (t) => {
    const server = await startServer(undefined);
    t.after(() => server.close());
    const findings = await measureFootprint({ origin: server.origin, core: undefined, scale, onProgress: () => undefined });
    assert.equal(findings.length, 7);
    for (const { what, value, note } of findings) assert.ok(value !== undefined && Number.isFinite(value), `${what}: ${note}`);
    const found = (what: string): number => findings.find((finding) => finding.what === what)?.value ?? assert.fail(what);
    for (const what of ["100 MB streamed add to the resident set", "heap of an idle connection", "packed size"])
      assert.ok(found(what) > 0, what);
    assert.equal(found("dependencies"), 0);
  });

  test("say what they could not be measured for: too few open files, or no server", async () => {
    const connections = fileLimit() < Infinity ? fileLimit() * 1000 : 1e9;
    const site = { origin: "http://127.0.0.1:9", core: undefined, scale: { ...scale, connections }, onProgress: () => undefined };
    const notes = (await measureFootprint(site)).slice(0, 3).map(({ value, note }) => [value, note]);
    assert.deepEqual(
      notes.map(([value]) => value),
      [undefined, undefined, undefined],
    );
    assert.match(String(notes[0]?.[1]), /HttpError: GET http:\/\/127\.0\.0\.1:9\/small\.txt: /);
    assert.match(String(notes[1]?.[1]), process.platform === "linux" ? /only [0-9]+ files may be open/ : /./);
  });
});
