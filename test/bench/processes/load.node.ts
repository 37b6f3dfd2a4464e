import { randomUUID } from "node:crypto";
import autocannon from "autocannon";

type Options = Parameters<typeof autocannon>[0];

/** Requests a second of one contract's candidate, over ten connections. */
export function loadContract(url: string, method: "GET" | "POST"): Promise<number> {
  const id = "019a0000-0000-7000-8000-000000000001";
  const items = [{ name: "soup", quantity: 2 }];
  const body = JSON.stringify({ external_id: id, dropoff: { lat: 51.1, lng: 71.4 }, items });
  const base = `${url}/v1/deliveries`;
  const request: Options =
    method === "GET"
      ? { url: `${base}/${id}` }
      : { url: base, method, body, headers: { "content-type": "application/json" } };
  return requestsASecond({ ...request, connections: 10 });
}

/** Posts a second, each with an `Idempotency-Key` of its own. */
export function loadKeyedPosts(
  url: string,
  asked: { readonly headers: Readonly<Record<string, string>>; readonly body: unknown },
): Promise<number> {
  const headers = { ...asked.headers, "content-type": "application/json" };
  return requestsASecond({
    url,
    method: "POST",
    connections: 4,
    requests: [
      {
        body: JSON.stringify(asked.body),
        setupRequest: (request) => ({ ...request, headers: { ...headers, "idempotency-key": randomUUID() } }),
      },
    ],
  });
}

const durationS = 2;

async function requestsASecond(options: Options): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({ ...options, duration: durationS });
  if (non2xx > 0 || errors > 0) throw new Error(`${options.url}: ${non2xx} refusals, ${errors} errors`);
  return requests.total / durationS;
}
