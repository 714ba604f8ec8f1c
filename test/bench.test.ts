import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseCoreList } from "../bench/src/cores.ts";
import { inLanes } from "../bench/src/lanes.ts";
import { select } from "../bench/src/options.ts";
import { summarize } from "../bench/src/results.ts";
import { runBench } from "../bench/src/run.ts";
import { makeFolder, type ServerFolder } from "../bench/src/server/folder.ts";
import { startServer } from "../bench/src/server/index.ts";
import { makePages } from "../bench/src/server/pages.ts";
import { startNodeServer } from "../bench/src/server/node-server-process.ts";
import { listenOnNode } from "../bench/src/server/node-server.ts";
import { median, pairedRatio, quantile } from "../bench/src/statistics.ts";
import { readTimings } from "../bench/src/subjects/curl.ts";
import { uploadsOf } from "../bench/src/upload.ts";
import { WORKS, type Work } from "../bench/src/work.ts";
import { CONTRACT, entry, known, subjectCalled, subjects, workCalled } from "./helpers/bench-result.ts";

describe("the arithmetic", () => {
  test("takes the middle of an odd number of values and the mean of the two middle ones of an even number", () => {
    assert.equal(median([5, 1, 100]), 5);
    assert.equal(median([4, 1, 100, 6]), 5);
    assert.equal(median([]), Number.NaN);
  });

  test("takes quantiles by nearest rank", () => {
    const values = Array.from({ length: 200 }, (_value, index) => 200 - index);
    assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile([7], 0.99), quantile([7, 8], 0.01)], [100, 198, 7, 7]);
  });

  test("divides round by round before it takes the median, so that one slow round changes nothing", () => {
    assert.deepEqual(pairedRatio([4, 400, 6], [2, 200, 2]), { median: 2, lowest: 2, highest: 3 });
    assert.throws(() => pairedRatio([1, 2], [1]), RangeError);
  });

  test("sorts the rows by wall time and compares each with what is ours", () => {
    const { rows } = known();
    assert.deepEqual(
      rows.map(({ subject, wall, cpu, over, version, ours }) => [subject, wall, cpu, over[CONTRACT]?.median, version, ours]),
      [
        ["raw socket", 2, 1, 0.5, undefined, false],
        [CONTRACT, 4, 2, undefined, undefined, true],
        ["undici.request", 12, 6, 4, "7.1.2", false],
      ],
    );
  });

  test("compares with the ceiling where nothing is ours", () => {
    const standing = { entries: [entry("got", [6]), entry("raw socket", [2])], failures: [] };
    const { rows } = summarize(workCalled("keep-alive"), standing, { subjects, versions: {} });
    assert.deepEqual(
      rows.map(({ over }) => over["raw socket"]?.median),
      [undefined, 3],
    );
  });

  test("reads curl's own times and takes no other status or size for a success", () => {
    const { latencies, wall } = readTimings("200 33 0.5\n200 33 0.25\n", 33);
    assert.deepEqual([[...latencies], wall], [[500, 250], 750]);
    assert.throws(() => readTimings("404 33 0.5\n", 33), /404/);
    assert.throws(() => readTimings("200 32 0.5\n", 33), /32/);
  });

  test("reads lists of cores", () => assert.deepEqual(parseCoreList("0-2,5,7-8"), [0, 1, 2, 5, 7, 8]));
});

describe("lanes", () => {
  test("keep no more requests under way than the concurrency, one per lane", async () => {
    const busy = new Set<number>();
    let most = 0;
    const run = inLanes((lane, done) => {
      assert.ok(!busy.has(lane));
      busy.add(lane);
      most = Math.max(most, busy.size);
      setImmediate(() => {
        busy.delete(lane);
        done(undefined, 33);
      });
    }, 33);
    const { latencies } = await run(20, 4);
    assert.deepEqual([latencies.length, most], [20, 4]);
    assert.ok(latencies.every((latency) => latency > 0));
  });

  test("fail when a request fails or a body is not what it should be", async () => {
    await assert.rejects(inLanes((_lane, done) => done(new Error("refused"), 0), 33)(1, 1), /refused/);
    await assert.rejects(inLanes((_lane, done) => done(undefined, 32), 33)(1, 1), /counts 32, not 33/);
  });
});

describe("the choice of what to measure", () => {
  test("is everything, a quick part, the works with a word in their id, or else the subjects with it in their name", () => {
    const names = (args: readonly string[]): readonly string[] => select(args, subjects).subjects.map(({ name }) => name);
    const ids = (args: readonly string[]): readonly string[] => select(args, subjects).works.map(({ id }) => id);
    assert.deepEqual(
      [ids([]), names([]), select([], subjects).complete],
      [WORKS.map(({ id }) => id), subjects.map(({ name }) => name), true],
    );
    assert.deepEqual([ids(["--quick"]).includes("upload"), select(["--quick"], subjects).complete], [false, false]);
    assert.deepEqual(ids(["--only", "one-shot"]), ["one-shot", "one-shot-50", "one-shot-1000", "one-shot-medium", "one-shot-post"]);
    assert.deepEqual(names(["--only", "axios"]), ["axios", "nodemcu-http client", CONTRACT, "raw socket"]);
    assert.throws(() => select(["--only", "nothing-like-it"], subjects), RangeError);
    assert.throws(() => select(["--fast"], subjects), TypeError);
  });

  test("measures memory, start and size in a complete run, and alone when asked for them", () => {
    const chosen = (args: readonly string[]): readonly unknown[] => {
      const { works, footprint, complete } = select(args, subjects);
      return [works.length > 0, footprint !== undefined, complete];
    };
    assert.deepEqual(chosen([]), [true, true, true]);
    assert.deepEqual(chosen(["--memory"]), [false, true, false]);
    assert.deepEqual([chosen(["--quick"])[1], chosen(["--only", "tls"])[1]], [false, false]);
  });
});

const REQUESTS = 12;
const pages = makePages();
const readCredentials = ({ certificate, key }: ServerFolder): { cert: string; key: string } => ({
  cert: readFileSync(certificate, "utf8"),
  key: readFileSync(key, "utf8"),
});

describe("every subject, against the server on node:net", () => {
  let folder: ServerFolder;
  before(async () => {
    folder = await makeFolder();
  });
  after(() => folder.remove());

  // What TLS needs is given to a process when it starts; 100 MB in the process of the tests would measure its memory and nothing else.
  const works: readonly Work[] = [
    ...WORKS.filter(({ tls, moves }) => !tls && moves === undefined),
    { ...workCalled("post-128k"), id: "post-128k, streamed", streamed: true },
  ];
  const concurrencyOf = (work: Work): number => Math.min(3, work.concurrency);

  for (const subject of subjects) {
    for (const work of works.filter((candidate) => subject.does(candidate))) {
      test(`${subject.name} does ${work.id} on as many connections as it should`, async (t) => {
        // A server of its own, because some clients keep their connections for the whole process.
        const server = await listenOnNode({ ...readCredentials(folder), pages });
        t.after(() => server.close());
        const origin = `http://127.0.0.1:${server.port}`;
        const upload = uploadsOf(work);
        const run = await subject.setup({ work: { ...work, concurrency: concurrencyOf(work) }, origin, url: origin + work.path, upload });
        await run(REQUESTS, concurrencyOf(work));
        const opened = server.connections();
        // A client that says a body has ended before its connection is free opens another; it keeps connections all the same.
        assert.ok(work.connection === "close" ? opened === REQUESTS : opened < REQUESTS, `${opened} connections`);
        assert.ok(server.received() > REQUESTS * work.upload, `${server.received()} bytes came`);
      });
    }
  }
});

describe("a tiny run", () => {
  const plan = { rounds: 2, warmUp: 0, slice: 0, leastRequests: 2 };
  const listener = { onStart: () => undefined, onProgress: () => undefined, onResult: () => undefined };

  for (const [name, start] of Object.entries({ "the server at hand": startServer, "the server on node:net": startNodeServer })) {
    test(`gives well-formed results on ${name}, over TCP and over TLS`, async () => {
      const taking = [subjectCalled(CONTRACT), subjectCalled("raw socket"), subjectCalled("node:http")];
      const works = [workCalled("one-shot"), workCalled("tls")];
      const { results, machine } = await runBench({ works, subjects: taking, plan, versions: {}, footprint: undefined, start }, listener);
      assert.equal(machine.node, process.version);
      assert.deepEqual(
        results.map(({ work, rows, failures }) => [work.id, rows.length, failures]),
        [
          ["one-shot", 3, []],
          ["tls", 2, []],
        ],
      );
      for (const row of results.flatMap(({ rows }) => rows)) {
        assert.deepEqual([row.rounds.length, row.requestsPerRound], [2, 2]);
        for (const figure of [row.wall, row.p50, row.p99, row.memory.before, row.memory.peak]) assert.ok(figure > 0, row.subject);
      }
      // A figure that is no number would be written as null.
      assert.doesNotMatch(JSON.stringify(results), /null/);
    });
  }

  test("leaves no file behind when it is interrupted", async (t) => {
    const TMPDIR = await mkdtemp(join(tmpdir(), "interrupted-"));
    t.after(() => rm(TMPDIR, { recursive: true }));
    const child = spawn(process.execPath, ["--import", "tsx", "bench/src/main.ts", "--quick"], { env: { ...process.env, TMPDIR } });
    const ended = once(child, "close");
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [130, null]);
    const left = await readdir(TMPDIR);
    assert.deepEqual(
      left.filter((name) => name.startsWith("bench-")),
      [],
    );
  });

  test("says what is wrong with its arguments", () => {
    const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "bench/src/main.ts", "--only", "nobody"], {
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [2, 'bench: no work and no subject has "nobody" in its name\n']);
  });

  test("names the subject that fails, and goes on with the others", async () => {
    const works = [{ ...workCalled("one-shot"), path: "/missing" }];
    const failing = await runBench({ works, subjects: [subjectCalled(CONTRACT)], plan, footprint: undefined, versions: {} }, listener);
    assert.deepEqual(failing.results[0]?.rows, []);
    assert.match(failing.results[0]?.failures[0]?.reason ?? "", /status 404/);
  });
});
