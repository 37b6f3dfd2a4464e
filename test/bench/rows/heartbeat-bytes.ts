import { gzipSync } from "node:zlib";
import { encodeHeartbeats } from "@kerbside/proto/heartbeat/codec";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import { cityTrace } from "@kerbside/proto/heartbeat/trace.sim";
import { alternate, type Bench, cpuSeconds, exactly, type Figure, figure } from "../measure.ts";

const batchSize = 60;
const samples = cityTrace({ seed: 2, samples: 60 * batchSize });
const batches = Array.from({ length: samples.length / batchSize }, (_, index) =>
  samples.slice(index * batchSize, (index + 1) * batchSize),
);

export const heartbeatBytes: Bench = {
  row: 2,
  title: "Bytes a heartbeat on the wire",
  says: "Work: an hour of a simulated robot in batches of 60. Baseline: the entropy of the trace, column by column; JSON. Unit: bytes a heartbeat, CPU seconds.",
  run: async () => [...sizes(), await encoding()],
};

function sizes(): readonly Figure[] {
  const ours = perHeartbeat((batch) => encodeHeartbeats(batch).length);
  const floor = entropyFloor();
  const json = perHeartbeat((batch) => Buffer.byteLength(JSON.stringify(batch)));
  const zipped = perHeartbeat((batch) => gzipSync(JSON.stringify(batch)).length);
  const against = (baselineName: string, baseline: number, limit: number): Figure =>
    figure(
      { name: "encoded", unit: "bytes a heartbeat", baselineName },
      { ours: exactly(ours), baseline: exactly(baseline) },
      { limit, is: "at_most" },
    );
  return [
    against("the entropy floor", floor, 1.25),
    against("7.0 bytes", 7, 1),
    against("JSON", json, 0.05),
    against("JSON and gzip", zipped, 0.5),
  ];
}

async function encoding(): Promise<Figure> {
  const repeat = (work: (batch: readonly HeartbeatSample[]) => unknown) => (): number =>
    cpuSeconds(() => {
      for (let times = 0; times < 40; times += 1) for (const batch of batches) work(batch);
    });
  const duel = await alternate({ rounds: 9, ours: repeat(encodeHeartbeats), baseline: repeat(JSON.stringify) });
  return figure({ name: "encoding", unit: "CPU s for 144,000 heartbeats", baselineName: "JSON.stringify" }, duel, {
    limit: 0.7,
    is: "at_most",
  });
}

function perHeartbeat(bytesOf: (batch: readonly HeartbeatSample[]) => number): number {
  return batches.reduce((sum, batch) => sum + bytesOf(batch), 0) / samples.length;
}

/** Each column alone, as values, differences or differences of differences, whichever is least, coded at its entropy. */
function entropyFloor(): number {
  const columns = [
    samples.map(({ atMs }) => atMs),
    samples.map(({ lat }) => Math.round((lat ?? 0) * 1e7)),
    samples.map(({ lng }) => Math.round((lng ?? 0) * 1e7)),
    samples.map(({ accuracyM }) => Math.round(accuracyM * 10)),
    samples.map(({ speedMps }) => Math.round(speedMps * 100)),
    samples.map(({ headingDeg }) => Math.round(headingDeg * 10)),
    samples.map(({ batteryPct }) => Math.round(batteryPct * 10)),
    samples.map(({ lid, operationalState, controlMode, motionSafety, lidFlags }) =>
      [lid, operationalState, controlMode, motionSafety, lidFlags].join(),
    ),
  ];
  const bits = columns.map((column) => {
    if (!column.every((value) => typeof value === "number")) return entropy(column);
    const once = differences(column);
    return Math.min(entropy(column), entropy(once), entropy(differences(once)));
  });
  return bits.reduce((sum, each) => sum + each, 0) / 8;
}

function differences(values: readonly number[]): readonly number[] {
  return values.map((value, index) => value - (values[index - 1] ?? value));
}

function entropy(values: readonly (number | string)[]): number {
  const counts = new Map<number | string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / values.length;
    return sum - share * Math.log2(share);
  }, 0);
}
