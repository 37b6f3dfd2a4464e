import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { holderOf, holdFolder, urlOfHolder } from "./lock.node.ts";

test("whoever reads while the holder announces itself still reads who it is", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "kerbside-lock-"));
  const folder = await holdFolder(dataDir);
  const early = await open(join(dataDir, "host.pid"));

  await folder.announce("http://127.0.0.1:4100");
  const seen = [await early.readFile("utf8"), await holderOf(dataDir), await urlOfHolder(dataDir)];
  await early.close();
  await folder[Symbol.asyncDispose]();
  const left = await readdir(dataDir);
  await rm(dataDir, { recursive: true });

  expect(seen).toEqual([`${process.pid}\n`, process.pid, "http://127.0.0.1:4100"]);
  expect(left).toEqual([]);
});
