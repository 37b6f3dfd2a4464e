import { join } from "node:path";
import { encodeHeartbeats } from "@kerbside/proto/heartbeat/codec";
import { cityTrace } from "@kerbside/proto/heartbeat/trace.sim";
import { type BeatBatch, TelemetryStore } from "@kerbside/robot-agent/telemetry.sqlite";
import { type CountedDisk, loopDisk, processDisk } from "../baselines/disk.node.ts";
import { RingFile } from "../baselines/ring-file.node.ts";
import { alternate, type Bench, type Figure, figure } from "../measure.ts";

const batchSize = 60;
/** Enough for the write-ahead log to be moved into the database some times. */
const batchesARound = 600;

export const agentDisk: Bench = {
  row: 10,
  title: "Agent: bytes reaching the disk",
  says: "Work: batches of 60 heartbeats, each durable before the next, what was acknowledged trimmed along. Baseline: the same packed bytes into a ring file with fdatasync. Unit: bytes a heartbeat, by write_bytes of /proc/self/io (pages of 4 KiB), and by the sectors of an ext4 of its own.",
  async run() {
    const figures = [await figureOn("pages written by the process", await processDisk())];
    const loop = await loopDisk();
    if (loop) figures.push(await figureOn("sectors of the device, with ext4's journal", loop));
    else process.stderr.write("    (no loop device may be mounted here: the device's own count is left out)\n");
    return figures;
  },
};

async function figureOn(name: string, disk: CountedDisk): Promise<Figure> {
  const batches = traceBatches();
  try {
    using store = new TelemetryStore({ dataDir: disk.folder, nowMs: 0, newEpoch: () => 1, signGap: () => "" });
    using ring = new RingFile(join(disk.folder, "ring"));
    const append = (batch: BeatBatch): void => {
      store.trim(store.head);
      store.append(batch);
    };
    const duel = await alternate({
      rounds: 2,
      ours: () => bytesWritten(disk, batches, append),
      baseline: () => bytesWritten(disk, batches, ({ data }) => ring.append(data)),
    });
    const baselineName = "a ring file and fdatasync";
    return figure({ name, unit: "bytes a heartbeat", baselineName }, duel, { limit: 2.1, is: "at_most" });
  } finally {
    await disk[Symbol.asyncDispose]();
  }
}

function traceBatches(): readonly BeatBatch[] {
  const samples = cityTrace({ seed: 10, samples: 60 * batchSize });
  return Array.from({ length: samples.length / batchSize }, (_, index) => {
    const run = samples.slice(index * batchSize, (index + 1) * batchSize);
    const [fromMs, toMs] = [run[0]?.atMs ?? 0, run.at(-1)?.atMs ?? 0];
    return { fromMs, toMs, nextInMs: 60_000, samples: run.length, data: encodeHeartbeats(run) };
  });
}

async function bytesWritten(
  disk: CountedDisk,
  batches: readonly BeatBatch[],
  append: (batch: BeatBatch) => void,
): Promise<number> {
  const before = await disk.countedBytes();
  for (let index = 0; index < batchesARound; index += 1) {
    const batch = batches[index % batches.length];
    if (batch) append(batch);
  }
  return ((await disk.countedBytes()) - before) / (batchesARound * batchSize);
}
