import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startShapeServer } from "@kerbside/sync/shape-server";
import { answerParent } from "./child.node.ts";

/** The shape server on a port of its own. */
const running = new AsyncDisposableStack();

const answers = {
  async start(asked: { readonly databaseUrl: string; readonly publication: string; readonly slot: string }) {
    const storageDir = await mkdtemp(join(tmpdir(), "kerbside-bench-shapes-"));
    running.defer(() => rm(storageDir, { recursive: true, force: true }));
    const server = running.use(await startShapeServer({ ...asked, storageDir, listen: { port: 0 } }));
    return server.url ?? "";
  },

  /** MiB of this process, after what nobody holds is gone. */
  resident(): number {
    globalThis.gc?.();
    return process.memoryUsage.rss() / 2 ** 20;
  },
};
export type ShapesProcess = typeof answers;

answerParent(answers, running);
