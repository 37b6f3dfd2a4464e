import { type Bench, type Figure, figure, type Goal, spread, takeTurns } from "../measure.ts";
import type { BareProcess } from "../processes/bare.ts";
import { startChild } from "../processes/child.node.ts";
import type { ContractProcess } from "../processes/contract.ts";
import { signIn } from "../processes/http.node.ts";
import { loadContract, loadKeyedPosts } from "../processes/load.node.ts";
import type { PlatformProcess } from "../processes/platform.ts";

const rounds = 5;

export const api: Bench = {
  row: 11,
  title: "API",
  says: "Work: a GET and a validated POST of two fields through the mount that every endpoint of ours has, ten connections; POST /v1/deliveries by a signed-in person, each with an Idempotency-Key, four connections: the way asked of maps, the time of dispatch, delivery, event and link committed. Baseline: node:http that validates nothing; bare Hono + one INSERT. Unit: requests/s.",
  run: async () => [...(await ofTheMount()), await ofOrders()],
};

async function ofTheMount(): Promise<readonly Figure[]> {
  await using running = new AsyncDisposableStack();
  const serve = (name: string): Promise<string> =>
    running.use(startChild<ContractProcess>("contract.ts")).ask("serve", name);
  const [mounted, bare] = [await serve("the kit's mount"), await serve("node:http")];
  const [gets = [], bareGets = [], posts = [], barePosts = []] = await takeTurns(rounds, [
    () => loadContract(mounted, "GET"),
    () => loadContract(bare, "GET"),
    () => loadContract(mounted, "POST"),
    () => loadContract(bare, "POST"),
  ]);
  return [
    shown(["GET", "node:http"], { ours: gets, baseline: bareGets }, 0.75),
    shown(["validated POST", "node:http"], { ours: posts, baseline: barePosts }, 0.7),
  ];
}

async function ofOrders(): Promise<Figure> {
  await using running = new AsyncDisposableStack();
  const platform = running.use(startChild<PlatformProcess>("platform.ts"));
  const cloud = await platform.ask("start", ["accounts", "config", "maps", "dispatch", "deliveries"]);
  const { email, password } = await platform.ask("seed", 0);
  const store_id = await platform.ask("openStore");
  const bare = running.use(startChild<BareProcess>("bare.ts"));
  const nothing = await bare.ask("start", cloud.databaseUrl);
  const body = {
    store_id,
    dropoff: { address: { text: "улица Кунаева, 10", place: { lat: 51.1262, lng: 71.4221 } }, name: "Aigerim" },
    items: [{ name: "Soup", quantity: 2 }],
  };
  const headers = await signIn(cloud.url, { email, password });
  const [ours = [], baseline = []] = await takeTurns(rounds, [
    () => loadKeyedPosts(`${cloud.url}/v1/deliveries`, { headers, body }),
    () => loadKeyedPosts(`${nothing.url}/insert`, { headers: {}, body }),
  ]);
  return shown(["POST /v1/deliveries", "bare Hono + one INSERT"], { ours, baseline }, 0.6);
}

function shown(
  [name, baselineName]: readonly [string, string],
  { ours, baseline }: { readonly ours: readonly number[]; readonly baseline: readonly number[] },
  limit: number,
): Figure {
  const goal: Goal = { limit, is: "at_least" };
  return figure({ name, unit: "requests/s", baselineName }, { ours: spread(ours), baseline: spread(baseline) }, goal);
}
