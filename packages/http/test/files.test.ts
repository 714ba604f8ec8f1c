import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { HttpFailure } from "../src/protocol/index.ts";
import { PartialFile, readSidecar, removeFile, writeSidecar } from "../src/system/index.ts";

let root: string;
let folder: string;
let target: string;
let count = 0;
before(async () => (root = await mkdtemp(join(tmpdir(), "files-"))));
after(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = join(root, String(++count));
  await mkdir(folder);
  target = join(folder, "target.bin");
});

const OPENERS = [(path: string) => PartialFile.create(path), (path: string) => PartialFile.resume(path)];

const text = (path = target): Promise<string> => readFile(path, "utf8");
const bytes = (content: string): Uint8Array => Buffer.from(content);

test("the target is the old file until all is there, and then the new one", async () => {
  await writeFile(target, "old");
  const part = await PartialFile.create(target);
  await part.append(bytes("new "));
  await part.append(bytes("bytes"));
  assert.equal(part.size, 9);
  assert.equal(await text(), "old");
  assert.equal((await readdir(folder)).length, 2);
  await part.finish();
  assert.equal(await text(), "new bytes");
  assert.deepEqual(await readdir(folder), ["target.bin"]);
});

test("what is discarded leaves nothing, and the target as it was", async () => {
  const part = await PartialFile.create(target);
  await part.append(bytes("new"));
  await part.discard();
  assert.deepEqual(await readdir(folder), []);
});

test("the permissions of an old target are kept, a new one has those of any new file", async () => {
  await writeFile(target, "old");
  await chmod(target, 0o640);
  for (const open of OPENERS) {
    await (await open(target)).finish();
    assert.equal((await stat(target)).mode & 0o7777, 0o640);
  }
  const other = join(folder, "other");
  await (await PartialFile.create(other)).finish();
  assert.equal((await stat(other)).mode & 0o7777, 0o666 & ~process.umask());
});

test("a link in the target's place is replaced, and what it leads to is left alone", async () => {
  const precious = join(folder, "precious");
  await writeFile(precious, "precious");
  await symlink(precious, target);
  const part = await PartialFile.create(target);
  await part.append(bytes("new"));
  await part.finish();
  assert.deepEqual([await text(precious), await text()], ["precious", "new"]);
});

test("what was kept is taken up again behind its last byte, or behind an earlier one", async () => {
  const first = await PartialFile.resume(target);
  await first.append(bytes("one "));
  await first.keep();
  assert.equal(await text(`${target}.part`), "one ");
  const second = await PartialFile.resume(target);
  assert.equal(second.size, 4);
  await second.append(bytes("two three"));
  await second.truncate(8);
  await second.append(bytes("four"));
  assert.equal(second.size, 12);
  await second.finish();
  assert.deepEqual([await text(), await readdir(folder)], ["one two four", ["target.bin"]]);
});

test("a link in the place of the part is refused, and nothing is written to where it leads", async () => {
  const precious = join(folder, "precious");
  await writeFile(precious, "precious");
  await symlink(precious, `${target}.part`);
  await assert.rejects(PartialFile.resume(target), /there is a link in its place \(ELOOP\)/);
  await symlink(precious, `${target}.part.json`);
  await assert.rejects(writeSidecar(`${target}.part.json`, { a: 1 }), /ELOOP/);
  assert.equal(await readSidecar(`${target}.part.json`), undefined);
  assert.equal(await text(precious), "precious");
});

test("a name as long as the system allows can be a target", async () => {
  const long = join(folder, "n".repeat(255));
  await (await PartialFile.create(long)).finish();
  assert.ok(existsSync(long));
});

const WRONG: readonly (readonly [code: string, words: RegExp, path: () => Promise<string> | string])[] = [
  ["ENOENT", /its folder does not exist/, () => join(folder, "missing", "file")],
  ["EISDIR", /there is a folder of that name/, () => folder],
  [
    "ENOTDIR",
    /what should be its folder is a file/,
    async () => {
      await writeFile(target, "");
      return join(target, "file");
    },
  ],
  ["ENAMETOOLONG", /its name is too long/, () => join(folder, "n".repeat(300))],
];

for (const [code, words, path] of WRONG)
  test(`${code} is told in words, with the path, and nothing is left`, async () => {
    const wrong = await path();
    const before = await readdir(folder);
    for (const open of OPENERS)
      await assert.rejects(open(wrong), (error) => {
        assert.ok(error instanceof HttpFailure);
        assert.deepEqual([error.code, error.blame, error.phase], ["file-failed", "caller", "body"]);
        assert.ok(error.reason.startsWith(`the file ${JSON.stringify(wrong)} cannot be written: `), error.reason);
        assert.match(error.reason, words);
        assert.ok(error.reason.endsWith(`(${code}).`), error.reason);
        assert.equal((error.cause as NodeJS.ErrnoException).code, code);
        return true;
      });
    assert.deepEqual(await readdir(folder), before);
  });

test("a target that has become a folder meanwhile is an error, and the part can still be discarded", async () => {
  const part = await PartialFile.create(target);
  await mkdir(target);
  await assert.rejects(part.finish(), /there is a folder of that name \(EISDIR\)/);
  assert.equal((await readdir(folder)).length, 2);
  await part.discard();
  assert.deepEqual(await readdir(folder), ["target.bin"]);
});

test("a device without space is told in words", async () => {
  // A device that takes no byte; elsewhere than on Linux there is none, and no folder for it either.
  const full = process.platform === "linux" ? "/dev/full" : join(folder, "missing", "full");
  await assert.rejects(writeSidecar(full, { a: 1 }), /there is no space left on the device \(ENOSPC\)|its folder does not exist/);
});

test("a sidecar says what was written into it; one that is missing, broken or too large says nothing", async () => {
  const path = join(folder, "side.json");
  assert.equal(await readSidecar(path), undefined);
  await writeSidecar(path, { etag: '"a"', length: 5, lastModified: undefined });
  assert.deepEqual(await readSidecar(path), { etag: '"a"', length: 5 });
  await writeSidecar(path, {});
  assert.deepEqual(await readSidecar(path), {});
  for (const broken of ["", "{", "\0\0\0", `"${"x".repeat(70_000)}"`]) {
    await writeFile(path, broken);
    assert.equal(await readSidecar(path), undefined);
  }
  await removeFile(path);
  await removeFile(path);
  assert.deepEqual(await readdir(folder), []);
});
