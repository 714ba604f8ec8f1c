import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { MAX_NAME_BYTES, openFolderFlash, openOverlayFlash } from "../src/flash/index.ts";
import type { Flash } from "../src/flash/index.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const text = (data: Uint8Array | undefined): string | undefined => (data === undefined ? undefined : Buffer.from(data).toString("latin1"));

const sorted = (files: ReadonlyMap<string, number>): [string, number][] =>
  [...files].toSorted(([left], [right]) => (left < right ? -1 : 1));

let outer: string;
let folder: string;

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), "nodemcu-flash-"));
  folder = join(outer, "flash");
  mkdirSync(folder);
});

afterEach(() => rmSync(outer, { recursive: true, force: true }));

function put(flash: Flash, name: string, content: string): boolean {
  const file = flash.open(name, "w");
  if (file === undefined) return false;
  const written = file.write(bytes(content));
  file.close();
  return written;
}

const subjects: Record<string, () => Flash> = {
  "folder flash": () => openFolderFlash(folder),
  "overlay flash over a folder": () => openOverlayFlash(folder),
  "overlay flash over nothing": () => openOverlayFlash(),
};

for (const [subject, open] of Object.entries(subjects)) {
  describe(subject, () => {
    test("keeps all 256 byte values of a file", () => {
      const flash = open();
      const all = Uint8Array.from({ length: 256 }, (_, value) => value);
      const file = flash.open("all.bin", "w");
      assert.equal(file?.write(all), true);
      file?.close();
      assert.deepEqual(Buffer.from(flash.read("all.bin") ?? []), Buffer.from(all));
      assert.equal(flash.size("all.bin"), 256);
    });

    test("has no file that nobody wrote", () => {
      const flash = open();
      assert.equal(flash.read("absent"), undefined);
      assert.equal(flash.open("absent", "r"), undefined);
      assert.equal(flash.open("absent", "r+"), undefined);
      assert.equal(flash.exists("absent"), false);
      assert.equal(flash.size("absent"), undefined);
      flash.remove("absent");
      assert.equal(flash.list().size, 0);
    });

    test("reads on from where the last read ended, and nothing at the end", () => {
      const flash = open();
      put(flash, "a", "hello world");
      const file = flash.open("a", "r");
      assert.equal(text(file?.read(5)), "hello");
      assert.equal(text(file?.read(100)), " world");
      assert.equal(text(file?.read(1)), "");
      file?.close();
      file?.close();
    });

    test("w and w+ empty the file, a and a+ write at its end whatever the position, r+ writes in place", () => {
      const flash = open();
      put(flash, "f", "0123456789");
      const update = flash.open("f", "r+");
      assert.equal(update?.seek("set", 2), 2);
      assert.equal(update?.write(bytes("ab")), true);
      update?.close();
      assert.equal(text(flash.read("f")), "01ab456789");

      const append = flash.open("f", "a+");
      assert.equal(append?.seek("set", 0), 0);
      assert.equal(append?.write(bytes("XY")), true);
      assert.equal(append?.seek("set", 9), 9);
      assert.equal(text(append?.read(10)), "9XY");
      append?.close();

      const fresh = flash.open("f", "w+");
      assert.equal(text(fresh?.read(10)), "");
      assert.equal(fresh?.write(bytes("new")), true);
      assert.equal(fresh?.seek("set", 0), 0);
      assert.equal(text(fresh?.read(10)), "new");
      fresh?.close();
      assert.equal(text(flash.read("f")), "new");
    });

    test("a file opened for reading takes no bytes, one opened for writing gives none", () => {
      const flash = open();
      put(flash, "f", "abc");
      const reader = flash.open("f", "r");
      assert.equal(reader?.write(bytes("x")), false);
      reader?.close();
      const writer = flash.open("f", "a");
      assert.equal(writer?.read(3), undefined);
      writer?.close();
      assert.equal(text(flash.read("f")), "abc");
    });

    test("seeks from the beginning, the position and the end, and nowhere outside the file", () => {
      const flash = open();
      put(flash, "f", "0123456789");
      const file = flash.open("f", "r");
      assert.equal(file?.seek("end", -3), 7);
      assert.equal(file?.seek("cur", 1), 8);
      assert.equal(file?.seek("cur", -9), undefined);
      assert.equal(file?.seek("end", 1), undefined);
      assert.equal(file?.seek("cur", 0), 8);
      assert.equal(text(file?.read(9)), "89");
      file?.close();
    });

    test("renames only what is there, and only to a free name", () => {
      const flash = open();
      put(flash, "a", "A");
      put(flash, "b", "B");
      assert.equal(flash.rename("a", "b"), false);
      assert.equal(flash.rename("c", "d"), false);
      assert.equal(flash.rename("a", "../d"), false);
      assert.equal(flash.rename("a", "sub/c"), true);
      assert.equal(text(flash.read("sub/c")), "A");
      assert.deepEqual(sorted(flash.list()), [
        ["b", 1],
        ["sub/c", 1],
      ]);
    });

    test("a name is 1 to 31 bytes, with slashes inside", () => {
      const flash = open();
      const longest = `a/${"x".repeat(MAX_NAME_BYTES - 2)}`;
      assert.equal(put(flash, longest, "1"), true);
      assert.equal(put(flash, `${longest}x`, "1"), false);
      assert.equal(put(flash, "", "1"), false);
      assert.deepEqual([...flash.list().keys()], [longest]);
    });

    test("a name may hold any bytes, also such as are no UTF-8", () => {
      const flash = open();
      assert.equal(put(flash, "caf\xe9", "latin"), true);
      assert.equal(put(flash, "caf\xc3\xa9", "utf"), true);
      assert.equal(text(flash.read("caf\xe9")), "latin");
      assert.deepEqual([...flash.list().keys()].toSorted(), ["caf\xc3\xa9", "caf\xe9"]);
    });

    for (const name of ["..", "../out", "a/../../out", ".", "./a", "/etc/passwd", "a//b", "a/", "a\\b", "..\\out", "a\0b", "C:/x", "c:x"]) {
      test(`refuses the name ${JSON.stringify(name)} in every call`, () => {
        const flash = open();
        put(flash, "a", "1");
        for (const mode of ["r", "r+", "w", "w+", "a", "a+"] as const) assert.equal(flash.open(name, mode), undefined);
        assert.equal(flash.read(name), undefined);
        assert.equal(flash.exists(name), false);
        assert.equal(flash.rename("a", name), false);
        assert.equal(flash.rename(name, "b"), false);
        flash.remove(name);
        assert.deepEqual([...flash.list().keys()], ["a"]);
        assert.deepEqual(readdirSync(outer), ["flash"]);
      });
    }

    test("format leaves nothing", () => {
      const flash = open();
      put(flash, "a", "1");
      put(flash, "b/c", "2");
      flash.format();
      assert.equal(flash.list().size, 0);
      assert.equal(flash.exists("b/c"), false);
      assert.equal(put(flash, "a", "again"), true);
      assert.equal(text(flash.read("a")), "again");
    });
  });
}

describe("folder flash on disk", () => {
  test("a name with slashes is a file in folders, made when needed", () => {
    put(openFolderFlash(folder), "www/css/a.css", "x");
    assert.equal(readFileSync(join(folder, "www/css/a.css"), "latin1"), "x");
  });

  test("a name below a file cannot be written", () => {
    const flash = openFolderFlash(folder);
    put(flash, "a", "1");
    assert.equal(put(flash, "a/b", "2"), false);
    assert.equal(flash.exists("a/b"), false);
    assert.equal(flash.rename("a", "a/b"), false);
    assert.equal(text(flash.read("a")), "1");
  });

  test("a directory and a pipe are no files", () => {
    mkdirSync(join(folder, "dir"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const flash = openFolderFlash(folder);
    for (const name of ["dir", "pipe"]) {
      assert.equal(flash.exists(name), false);
      assert.equal(flash.open(name, "r"), undefined);
      assert.equal(flash.open(name, "w"), undefined);
    }
    assert.equal(flash.list().size, 0);
  });

  test("links that lead outside are neither read nor written, those that stay inside work", () => {
    mkdirSync(join(outer, "secret"));
    writeFileSync(join(outer, "secret/key"), "secret");
    writeFileSync(join(folder, "real"), "real");
    symlinkSync(join(outer, "secret"), join(folder, "dir"));
    symlinkSync(join(outer, "secret/key"), join(folder, "key"));
    symlinkSync(join(outer, "secret/new"), join(folder, "dangling"));
    symlinkSync("real", join(folder, "alias"));
    const flash = openFolderFlash(folder);
    for (const name of ["dir/key", "key", "dangling", "dir/new"]) {
      assert.equal(flash.read(name), undefined);
      assert.equal(flash.open(name, "r"), undefined);
      assert.equal(put(flash, name, "overwritten"), false);
      assert.equal(flash.rename("real", name), false);
      flash.remove(name);
    }
    flash.format();
    assert.equal(readFileSync(join(outer, "secret/key"), "utf8"), "secret");
    assert.deepEqual(readdirSync(join(outer, "secret")), ["key"]);
    writeFileSync(join(folder, "real"), "real");
    symlinkSync("real", join(folder, "again"));
    assert.equal(text(flash.read("again")), "real");
  });

  test("links back up are not listed again below themselves, however many there are", () => {
    for (const name of "abcdefgh") symlinkSync(".", join(folder, name));
    put(openFolderFlash(folder), "deep/file", "1");
    symlinkSync("..", join(folder, "deep/up"));
    assert.deepEqual([...openFolderFlash(folder).list().keys()], ["deep/file"]);
    assert.equal(text(openFolderFlash(folder).read("a/deep/file")), "1");
  });

  test("a link whose folder is itself reached through a link is followed to the end", () => {
    const alias = join(outer, "alias");
    symlinkSync(folder, alias);
    const flash = openFolderFlash(alias);
    assert.equal(put(flash, "x", "1"), true);
    assert.equal(readFileSync(join(folder, "x"), "utf8"), "1");
  });

  test("a folder that does not exist is an error", () => {
    assert.throws(() => openFolderFlash(join(outer, "none")), { code: "ENOENT" });
  });
});

describe("overlay flash over a folder", () => {
  test("shows the folder's files and changes none of them", () => {
    writeFileSync(join(folder, "config"), "old");
    writeFileSync(join(folder, "doomed"), "1");
    const flash = openOverlayFlash(folder);
    const append = flash.open("config", "a");
    assert.equal(append?.write(bytes("+new")), true);
    append?.close();
    flash.remove("doomed");
    put(flash, "own", "2");
    assert.equal(flash.rename("config", "renamed"), true);
    assert.equal(text(flash.read("renamed")), "old+new");
    assert.equal(flash.read("config"), undefined);
    assert.deepEqual(sorted(flash.list()), [
      ["own", 1],
      ["renamed", 7],
    ]);
    assert.deepEqual(readdirSync(folder).toSorted(), ["config", "doomed"]);
    assert.equal(readFileSync(join(folder, "config"), "utf8"), "old");
  });

  test("format hides the folder and deletes nothing in it", () => {
    writeFileSync(join(folder, "config"), "old");
    const flash = openOverlayFlash(folder);
    flash.format();
    assert.equal(flash.exists("config"), false);
    assert.equal(flash.list().size, 0);
    assert.equal(existsSync(join(folder, "config")), true);
  });

  test("a reader sees what a writer of the same file writes", () => {
    const flash = openOverlayFlash();
    put(flash, "log", "1");
    const reader = flash.open("log", "r");
    const writer = flash.open("log", "a");
    assert.equal(writer?.write(bytes("23")), true);
    assert.equal(text(reader?.read(10)), "123");
  });
});
