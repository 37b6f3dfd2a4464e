import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCityMap, type CityMap } from "@kerbside/cloud-maps/city-map";
import { loadCityMap } from "@kerbside/cloud-maps/city-map.node";
import { Router } from "@kerbside/cloud-maps/router";
import { astanaTiles, readSourceTiles } from "@kerbside/cloud-maps/source-tiles.node";
import type { Place } from "@kerbside/proto/base/place";
import { below } from "@kerbside/proto/base/rng";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { dijkstra, nbaFinder, walkedMs } from "../baselines/walks.ts";
import { alternate, type Bench, cpuSeconds, type Figure, figure } from "../measure.ts";

export const routing: Bench = {
  row: 14,
  title: "Routing",
  says: "Work: random pairs of places in Astana, snapped, the fastest way with its line; 200 × 200 costs. Baseline: ngraph.path's NBA* between the nodes, with the path; Dijkstra on typed arrays, once a source. Unit: CPU.",
  async run() {
    const [small, whole] = [await oneTile(), await wholeCity()];
    return [
      await queries(small, { pairs: 200, limit: 1 / 40 }),
      await queries(whole, { pairs: 40, limit: 1 / 400 }),
      await matrix(small, 0.1),
      await matrix(whole, 0.01),
    ];
  },
};

interface City {
  readonly name: string;
  readonly graph: CityMap["graph"];
  readonly router: Router;
}

async function wholeCity(): Promise<City> {
  const cacheDir = await mkdtemp(join(tmpdir(), "kerbside-bench-map-"));
  try {
    return cityOf((await loadCityMap({ tiles: astanaTiles, cacheDir })).map);
  } finally {
    await rm(cacheDir, { recursive: true });
  }
}

async function oneTile(): Promise<City> {
  // The quarter with about as many nodes as the sidewalk graph that the goal was set on.
  const tile = (await readSourceTiles(astanaTiles)).find(({ x, y }) => x === 2860 && y === 1367);
  if (!tile) throw new Error("the package of tiles does not hold 2860/1367");
  return cityOf(buildCityMap("one-tile", [tile]));
}

function cityOf({ graph, roads }: CityMap): City {
  // Places that are asked for are nodes of the graph themselves, so nothing lies outside coverage.
  return { name: `${graph.nodeCount.toLocaleString("en")} nodes`, graph, router: new Router(graph, roads, 150) };
}

async function queries({ graph, router, name }: City, wanted: { pairs: number; limit: number }): Promise<Figure> {
  const { pairs, limit } = wanted;
  const [from, to] = [drawNodes(graph, { seed: 14, count: pairs }), drawNodes(graph, { seed: 15, count: pairs })];
  const [fromPlaces, toPlaces] = [from, to].map((nodes) => nodes.map((node) => placeAt(graph, node)));
  const find = nbaFinder(graph);
  const route = (pair: number) => router.route(...ends(fromPlaces, toPlaces, pair));
  for (let pair = 0; pair < Math.min(20, pairs); pair += 1) {
    const way = route(pair);
    checkSame(way.ok ? way.value.durationMs : Infinity, walkedMs(graph, find(from[pair] ?? 0, to[pair] ?? 0)));
  }
  // Ours is over before the clock has moved, so it answers the same questions again until both take a like time.
  const repeats = Math.round(0.25 / limit);
  const duel = await alternate({
    rounds: 5,
    ours: () => perCall(pairs * repeats, (call) => route(call % pairs)),
    baseline: () => perCall(pairs, (pair) => find(from[pair] ?? 0, to[pair] ?? 0)),
  });
  const baselineName = "NBA* of ngraph.path";
  const said = { name: `a way through ${name}`, unit: "CPU µs", baselineName };
  return figure(said, duel, { limit, is: "at_most" });
}

async function matrix({ graph, router, name }: City, limit: number): Promise<Figure> {
  const [from, to] = [drawNodes(graph, { seed: 200, count: 200 }), drawNodes(graph, { seed: 201, count: 200 })];
  const [fromPlaces = [], toPlaces = []] = [from, to].map((nodes) => nodes.map((node) => placeAt(graph, node)));
  const { costMs } = router.matrix(fromPlaces, toPlaces);
  dijkstra(graph, from[0] ?? 0, to).forEach((theirs, i) => checkSame(costMs[i] ?? Infinity, theirs));
  const duel = await alternate({
    rounds: 5,
    ours: () => perCall(10, () => router.matrix(fromPlaces, toPlaces)),
    baseline: () => perCall(from.length, (source) => dijkstra(graph, from[source] ?? 0, to)) * from.length,
  });
  const baselineName = "Dijkstra, once a source";
  return figure({ name: `200 × 200 in ${name}`, unit: "CPU µs", baselineName }, duel, { limit, is: "at_most" });
}

/** CPU microseconds of each call. */
function perCall(calls: number, work: (call: number) => unknown): number {
  const seconds = cpuSeconds(() => {
    for (let call = 0; call < calls; call += 1) work(call);
  });
  return (seconds / calls) * 1e6;
}

function drawNodes({ nodeCount }: City["graph"], { seed, count }: { seed: number; count: number }): readonly number[] {
  const rng = new SeededRng(seed);
  return Array.from({ length: count }, () => below(rng, nodeCount));
}

function placeAt({ lat, lng }: City["graph"], node: number): Place {
  return { lat: lat[node] ?? 0, lng: lng[node] ?? 0 };
}

function ends(from: readonly Place[] = [], to: readonly Place[] = [], pair: number): [Place, Place] {
  const [a, b] = [from[pair], to[pair]];
  if (!a || !b) throw new RangeError(`there is no pair ${pair}`);
  return [a, b];
}

/** A place on a node may be snapped a hair beside it, which rounds to a millisecond at either end. */
function checkSame(oursMs: number, theirsMs: number): void {
  if (!(Math.abs(oursMs - theirsMs) <= 2)) throw new Error(`two exact ways differ: ${oursMs} and ${theirsMs} ms`);
}
